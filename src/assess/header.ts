/** Reads the header of a message in the spool: the raw fields of some names, in order, repeats kept (RFC 5322 §2.2). */
import { nothing } from '../transaction.ts'
import type { Message } from '../transaction.ts'

/** Octets of header that are looked at. */
const maxHeader = 262_144

/** The bodies of all fields called `name` (any case), unfolded, latin1; undefined: the header is longer than what is looked at. Rejects if the spool fails. */
export async function headerFields(message: Message, name: string): Promise<string[] | undefined> {
  const header = await headerBlock(message)
  if (header === undefined) return undefined
  const prefix = new RegExp(`^${name}[ \\t]*:`, 'i')
  const fields: string[] = []
  let inField = false
  for (const line of header.split('\r\n')) {
    if (/^[ \t]/.test(line)) {
      if (inField) fields.push(`${fields.pop() ?? ''}${line}`)
      continue
    }
    inField = prefix.test(line)
    if (inField) fields.push(line.replace(prefix, ''))
  }
  return fields
}

async function headerBlock(message: Message): Promise<string | undefined> {
  let block = ''
  for await (const piece of message.pieces(nothing)) {
    const from = Math.max(0, block.length - 3)
    block += Buffer.from(piece.buffer, piece.byteOffset, Math.min(piece.byteLength, maxHeader)).toString('latin1')
    if (block.startsWith('\r\n')) return ''
    const end = block.indexOf('\r\n\r\n', from)
    if (end >= 0 && end <= maxHeader) return block.slice(0, end)
    if (block.length >= maxHeader) return undefined
  }
  return block
}
