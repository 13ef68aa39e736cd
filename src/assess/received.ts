/** When the site itself took the message: the date of its topmost Received field (RFC 5321 §4.4). */
import { known } from '../decide/facts.ts'
import type { Fact } from '../decide/facts.ts'
import { nothing } from '../transaction.ts'
import type { Message } from '../transaction.ts'
import { withoutComments } from './comments.ts'
import { mailDate } from './mail-date.ts'

/** Milliseconds since the epoch. Known to be undefined: there is no such field, or no date in it. Rejects if the spool fails. */
export async function receivedDate(message: Message): Promise<Fact<number | undefined>> {
  const { field, found } = await topmost(message)
  if (!found) return { state: 'unknown', why: { kind: 'unscannable', words: 'header too long' } }
  return known(field === undefined ? undefined : dateOf(field))
}

/** The date stands behind the last semicolon; Postfix puts the zone's name behind it as a comment. */
function dateOf(field: string): number | undefined {
  const text = withoutComments(field)
  const semicolon = text?.lastIndexOf(';') ?? -1
  return text === undefined || semicolon < 0 ? undefined : mailDate(text.slice(semicolon + 1))
}

/** Octets of header in which it must begin, and of the field itself. */
const maxHeader = 262_144
const maxField = 16_384

/** Its body, unfolded, if there is one; `found` false: it may come later than we look. The rest of the header may be as long as it likes. */
async function topmost(message: Message): Promise<{ readonly field: string | undefined; readonly found: boolean }> {
  let header = ''
  for await (const piece of message.pieces(nothing)) {
    header += Buffer.from(piece.buffer, piece.byteOffset, Math.min(piece.byteLength, maxHeader)).toString('latin1')
    const end = header.startsWith('\r\n') ? 0 : header.indexOf('\r\n\r\n')
    const field = find(end < 0 ? header : header.slice(0, end + 2), end >= 0)
    if (field !== undefined || end >= 0) return { field, found: true }
    if (header.length >= maxHeader) return { field, found: false }
  }
  return { field: find(`${header}\r\n`, true), found: true }
}

/** Undefined: it is not there, or not all of it (`whole`: nothing follows). */
function find(header: string, whole: boolean): string | undefined {
  const start = /(?:^|\r\n)received[ \t]*:/i.exec(header)
  if (start === null) return undefined
  const from = start.index + start[0].length
  for (let at = header.indexOf('\r\n', from); at >= 0; at = header.indexOf('\r\n', at + 2)) {
    const next = header.charAt(at + 2)
    if (next === '' ? whole : next !== ' ' && next !== '\t')
      return header.slice(from, Math.min(at, from + maxField)).replaceAll('\r\n', '')
  }
  return undefined
}
