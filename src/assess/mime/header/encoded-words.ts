/** Encoded words (RFC 2047), decoded wherever they stand: many writers put them into parameters, and readers understand them there. */
import { decodeText, guessText } from './charset.ts'

const word = /=\?([^?\s]{1,60})\?([bq])\?([^?]*)\?=/gi

type Run = { charset: string; octets: Buffer[] }

/** `text` decoded; the rest of it as it most likely reads. `unknown`: a charset that nobody here knows. `raw` is latin1. */
export function decodeWords(raw: string): { readonly text: string; readonly unknown: boolean } {
  if (!raw.includes('=?')) return { text: guessText(raw), unknown: false }
  let text = ''
  let unknown = false
  let run: Run | undefined
  let end = 0
  const flush = () => {
    if (run === undefined) return
    const octets = Buffer.concat(run.octets)
    const decoded = decodeText(octets, run.charset)
    if (decoded === undefined) unknown = true
    text += decoded ?? guessText(octets.toString('latin1'))
    run = undefined
  }
  for (const match of raw.matchAll(word)) {
    const [whole, label = '', encoding = '', encoded = ''] = match
    const between = raw.slice(end, match.index)
    // RFC 2231 §5 adds a language to the charset. A character may be cut in two by writers who count octets.
    const charset = label.replace(/\*.*$/, '').toLowerCase()
    const joins = run !== undefined && between.trim() === ''
    if (!joins || run?.charset !== charset) flush()
    if (!joins) text += guessText(between)
    run ??= { charset, octets: [] }
    run.octets.push(encoding.toLowerCase() === 'b' ? Buffer.from(encoded, 'base64') : unquoted(encoded))
    end = match.index + whole.length
  }
  flush()
  return { text: text + guessText(raw.slice(end)), unknown }
}

function unquoted(encoded: string): Buffer {
  const octets = encoded
    .replaceAll('_', ' ')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  return Buffer.from(octets, 'latin1')
}
