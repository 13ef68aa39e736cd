/** Sends one message over a connection, as DATA or as one BDAT chunk, no faster than the next hop reads. */
import type { Message, Pieces } from '../transaction.ts'
import type { Connection } from './connection.ts'
import { DotStuffing } from './dot-stuffing.ts'

/** What is sent: header bytes, and behind them the message without the fields in `omit`. */
export type Parcel = {
  readonly prefix: Uint8Array
  readonly message: Message
  readonly omit: ReadonlySet<string>
}

/** Octets put before they are waited for. */
const maxUnsent = 262_144

export function parcelSize(parcel: Parcel): number {
  return parcel.prefix.length + parcel.message.sizeWithout(parcel.omit)
}

/**
 * `lead` goes first, in the same packet. `onLast` is called just before the last octet may leave; before that the message can still be cut short by closing.
 * Resolves with a cause if the spool failed, in which case the last octet was not sent; else when all is handed over or the connection closed.
 */
export async function transfer(
  connection: Connection,
  parcel: Parcel,
  framing: 'DATA' | 'BDAT',
  lead: string,
  onWait: () => void,
  onLast: () => void,
): Promise<string | undefined> {
  const size = parcelSize(parcel)
  const stuffing = framing === 'DATA' ? new DotStuffing() : undefined
  const put = (piece: Uint8Array) => {
    const isKnownDotless = piece !== parcel.prefix && parcel.message.isDotless
    connection.put(stuffing?.encode(piece, isKnownDotless) ?? piece)
  }
  const prefixSize = parcel.prefix.length
  let given = prefixSize
  // Each piece waits for the next one: the last may leave only when it is known to be the last, and the count to be right.
  let held = parcel.prefix
  const take = (piece: Uint8Array) => {
    given += piece.length
    if (given > size) throw new Error('more octets than were counted')
    put(held)
    held = piece
  }
  // Whatever goes wrong, the pieces may still be on their way.
  const hold = parcel.message.hold?.()
  /** False: the connection closed meanwhile. */
  const drained = async () => {
    onWait()
    await connection.drain()
    if (connection.isOpen) hold?.passed(given - held.length - prefixSize)
    return connection.isOpen
  }
  connection.cork()
  try {
    if (lead !== '') connection.put(Buffer.from(lead, 'latin1'))
    const pieces = (hold ?? parcel.message).pieces(parcel.omit)
    if (isInMemory(pieces)) {
      for (const piece of pieces) {
        take(piece)
        if (connection.unsent >= maxUnsent && !(await drained())) return undefined
      }
    } else {
      for await (const piece of pieces) {
        take(piece)
        if (connection.unsent >= maxUnsent && !(await drained())) return undefined
      }
    }
    if (given !== size) throw new Error('fewer octets than were counted')
    onLast()
    const letGo = () => hold?.letGo()
    if (stuffing === undefined) connection.put(held, letGo)
    else {
      put(held)
      connection.put(stuffing.end(), letGo)
    }
    return undefined
  } catch (error) {
    return `spool: ${error instanceof Error ? error.message : 'cannot be read'}`
  } finally {
    connection.uncork()
  }
}

/** One by one with a promise for each takes longer than all that is done to them. */
function isInMemory(pieces: Pieces): pieces is readonly Uint8Array[] {
  return Array.isArray(pieces)
}
