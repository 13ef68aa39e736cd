/** The header of a kept message, for showing. */
import { nothing } from '../../transaction.ts'
import type { Message } from '../../transaction.ts'

/** Octets of a header that are shown. */
const maxHeader = 65_536

/** Raw lines without their ends, latin1. `isWhole` false: there is more header than is shown. Rejects if the disk fails. */
export async function headerLines(
  message: Message,
): Promise<{ readonly lines: readonly string[]; readonly isWhole: boolean }> {
  let text = ''
  for await (const piece of message.pieces(nothing)) {
    text += Buffer.from(piece).toString('latin1')
    const end = `\r\n${text}`.indexOf('\r\n\r\n')
    if (end >= 0 && end <= maxHeader) return { lines: linesOf(text.slice(0, Math.max(0, end - 2))), isWhole: true }
    if (text.length > maxHeader) return { lines: linesOf(text.slice(0, maxHeader)), isWhole: false }
  }
  return { lines: linesOf(text), isWhole: true }
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\r\n$/, '').split('\r\n')
}
