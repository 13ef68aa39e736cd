/** A message as it stands on the wire, behind DATA or BDAT. */
import type { Peer } from './peer.ts'

/** Octets of the chunk that a BDAT command announces; undefined for other commands. */
export function chunkSize(command: string): number | undefined {
  const size = /^BDAT (\d+)/.exec(command)?.[1]
  return size === undefined ? undefined : Number(size)
}

/** What comes up to the dot that ends DATA, without it; dots at line starts are still stuffed. */
export async function untilDot(peer: Peer): Promise<string> {
  const first = await peer.octets(3)
  return first === '.\r\n' ? '' : `${first}${await peer.until('\r\n.\r\n')}`.slice(0, -3)
}
