/** Reads the header of a message in the spool: the raw fields of some names, in order, repeats kept (RFC 5322 §2.2). */
import { nothing } from '../transaction.ts'
import type { Message } from '../transaction.ts'

/** `name` in lower case; `body` unfolded, latin1. */
export type RawField = { readonly name: string; readonly body: string }

/** `complete`: there are no more fields than these. */
export type RawHeader = { readonly fields: readonly RawField[]; readonly complete: boolean }

/** Octets of header that are looked at. */
const maxHeader = 262_144

const headers = new WeakMap<Message, Promise<RawHeader>>()

/** Reads a message's header once, whoever asks. Rejects if the spool fails. */
export function rawHeader(message: Message): Promise<RawHeader> {
  const known = headers.get(message)
  if (known !== undefined) return known
  const header = headerBlock(message).then(({ block, complete }) => ({ fields: fieldsIn(block), complete }))
  headers.set(message, header)
  return header
}

/** The bodies of all fields called `name` (any case); undefined: the header is longer than what is looked at. Rejects if the spool fails. */
export async function headerFields(message: Message, name: string): Promise<string[] | undefined> {
  const { fields, complete } = await rawHeader(message)
  return complete ? bodiesOf(fields, name.toLowerCase()) : undefined
}

/** `name` in lower case. */
export function bodiesOf(fields: readonly RawField[], name: string): string[] {
  return fields.filter(field => field.name === name).map(({ body }) => body)
}

function fieldsIn(block: string): RawField[] {
  const fields: { readonly name: string; body: string }[] = []
  let current: (typeof fields)[number] | undefined
  for (const line of block.split('\r\n')) {
    if (/^[ \t]/.test(line)) {
      if (current !== undefined) current.body += line
      continue
    }
    const colon = line.indexOf(':')
    current = undefined
    if (colon < 0) continue
    current = { name: line.slice(0, colon).trimEnd().toLowerCase(), body: line.slice(colon + 1) }
    fields.push(current)
  }
  return fields
}

/** Of a header that is too long, the lines that are whole. */
async function headerBlock(message: Message): Promise<{ readonly block: string; readonly complete: boolean }> {
  let block = ''
  for await (const piece of message.pieces(nothing)) {
    const from = Math.max(0, block.length - 3)
    block += Buffer.from(piece.buffer, piece.byteOffset, Math.min(piece.byteLength, maxHeader)).toString('latin1')
    if (block.startsWith('\r\n')) return { block: '', complete: true }
    const end = block.indexOf('\r\n\r\n', from)
    if (end >= 0 && end <= maxHeader) return { block: block.slice(0, end), complete: true }
    if (block.length >= maxHeader)
      return { block: block.slice(0, Math.max(0, block.lastIndexOf('\r\n', maxHeader))), complete: false }
  }
  return { block, complete: true }
}
