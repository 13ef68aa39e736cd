/** What is known about a message, and about one recipient of it, when a verdict is asked for. */

/** Why a fact will never be known. */
export type Why = string

/** Not yet asked; known; or unknown for good, and why. A scanner that is down knows nothing, which is not the same as finding nothing. */
export type Fact<T> =
  | { readonly state: 'pending' }
  | { readonly state: 'known'; readonly value: T }
  | { readonly state: 'unknown'; readonly why: Why }

export const pending: { readonly state: 'pending' } = { state: 'pending' }
export function known<T>(value: T): Fact<T> {
  return { state: 'known', value }
}

/** An address as the policy sees it: `local` decoded and unquoted, in its own case; `domain` in lower case, A-labels; '' if there is none. */
export type PolicyAddress = { readonly local: string; readonly domain: string }

/** Sizes in octets. `sender` undefined is the null sender. Facts of the message are pending at RCPT and certain at the end of data. */
export type Facts = {
  readonly sender: PolicyAddress | undefined
  readonly client: string | undefined
  readonly recipient: PolicyAddress
  /** The server's day when the transaction began, as `2027-01-31`. */
  readonly today: string
  /** The original recipient (ORCPT, RFC 3461 §4.2), if the client told it. */
  readonly original: PolicyAddress | undefined
  readonly declaredSize: number | undefined
  readonly size: Fact<number>
  /** Every address in every From field. */
  readonly from: Fact<readonly PolicyAddress[]>
}

/** The day as facts and policy files have it, in the server's own time zone. */
export function dayOf(date: Date): string {
  const two = (part: number) => String(part).padStart(2, '0')
  return `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}
