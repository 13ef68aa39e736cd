/** How much of a message is looked at: what is over a bound is unreadable, never clean. */

/** Octets, characters and counts; all of one message together, where nothing else is said. */
export type Limits = {
  /** Octets of the message. */
  readonly bytes: number
  /** Octets of all headers. */
  readonly header: number
  readonly parts: number
  /** How deep parts may lie in parts and messages. */
  readonly depth: number
  /** Parameters of one field. */
  readonly parameters: number
  /** Characters of one name. */
  readonly name: number
  /** Entries of all archives. */
  readonly entries: number
  /** How deep archives may lie in an archive. */
  readonly archives: number
  /** Octets that come out of archives. */
  readonly inflated: number
  /** Octets of one file in an archive that the site's scanner sees to their end. */
  readonly seen: number
  /** Packed octets that are looked at to find out whether files are larger than that. */
  readonly measured: number
}

export const usualLimits: Limits = {
  bytes: 128 * 1024 * 1024,
  header: 1024 * 1024,
  parts: 1000,
  depth: 32,
  parameters: 100,
  name: 1000,
  entries: 1000,
  archives: 3,
  inflated: 64 * 1024 * 1024,
  seen: Infinity,
  measured: 192 * 1024 * 1024,
}
