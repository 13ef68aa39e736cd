/** All of a message, or an error: where a part of one would be taken for all of it. */
import { nothing, type Message } from './transaction.ts'

/** As `pieces` gives it. Throws (rejects) if the spool fails, or gives another number of octets than the message has: half a message must not be called clean. */
export async function* whole(message: Message, omit: ReadonlySet<string> = nothing): AsyncGenerator<Uint8Array> {
  let given = 0
  for await (const piece of message.pieces(omit)) {
    given += piece.length
    yield piece
  }
  if (given !== message.sizeWithout(omit)) throw new Error('the spool gave another message than it took')
}
