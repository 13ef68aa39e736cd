/** The message as scanners get it: with every field it came with, and never less than all of it. */
import { nothing, type Message } from '../../transaction.ts'

/** Throws (rejects) if the spool fails, or gives another number of octets than the message has: half a message must not be called clean. */
export async function* whole(message: Message): AsyncGenerator<Uint8Array> {
  let given = 0
  for await (const piece of message.pieces(nothing)) {
    given += piece.length
    yield piece
  }
  if (given !== message.size) throw new Error('the spool gave another message than it took')
}
