/**
 * A second reading of the names of a part, by libmime, and as mailparser asks it: the first Content-Disposition and the last Content-Type count, raw octets
 * are UTF-8 where they can be. mailparser itself would make a dozen streams and a checksum for each part (README.md, Decisions).
 */
import libmime from 'libmime'
import type { Bodies, FieldName } from './header-block.ts'

/** Octets of a part's own fields that it is given: its time grows faster than their length. */
const maxFields = 16_384

/** None where the fields are too long, or have control characters that it should not see. */
export function secondNames(bodies: Bodies): string[] {
  const dispositions = linesOf(bodies, 'Content-Disposition')
  const types = linesOf(bodies, 'Content-Type')
  const all = [...dispositions, ...types]
  if (all.reduce((sum, line) => sum + line.length + 2, 0) > maxFields || /[\0\r]/.test(all.join(''))) return []
  const names = []
  const [disposition] = dispositions
  if (disposition !== undefined) {
    const { filename } = libmime.parseHeaderValue(valueOf(asUtf8(disposition))).params
    if (filename !== undefined) names.push(withoutWords(filename))
  }
  const type = types.at(-1)
  if (type !== undefined) {
    const { name } = libmime.parseHeaderValue(Buffer.from(valueOf(type), 'latin1').toString()).params
    if (name !== undefined) names.push(withoutWords(name))
  }
  return names
}

function linesOf(bodies: Bodies, name: FieldName): string[] {
  return bodies[name].map(body => `${name}:${body}`)
}

function valueOf(line: string): string {
  return libmime.decodeHeader(line).value
}

/** It looks for `=?`, and for a mark with a NUL in it that it makes itself. */
function withoutWords(text: string): string {
  return text.includes('=?') || text.includes('\0') ? libmime.decodeWords(text) : text
}

/** As it is where that is not what it is. */
function asUtf8(line: string): string {
  const text = Buffer.from(line, 'latin1').toString()
  return text.includes('\ufffd') ? line : text
}
