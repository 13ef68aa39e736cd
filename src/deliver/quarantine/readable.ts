/** Header text as people read it: decoded, in one line, bounded, and harmless in a terminal or in another message. Pure. */

/** Characters of a field that are looked at. */
const maxField = 8192

/**
 * The body of a field (latin1, unfolded): encoded words are decoded (RFC 2047), octets beyond ASCII are taken for UTF-8. Only letters, marks, digits,
 * punctuation, symbols and blanks stay: no control characters, none that turn the direction of writing. At most `max` characters.
 */
export function readable(field: string, max = 200): string {
  const decoded = decodeWords(decodeUtf8(field.slice(0, maxField)))
  const text = decoded
    .replace(/\s+/g, ' ')
    .replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, '?')
    .trim()
  const letters = Array.from(text)
  return letters.length > max ? `${letters.slice(0, max).join('')}...` : text
}

const encodedWord = /=\?([\w-]{1,40})(?:\*[\w-]{0,20})?\?([bq])\?([^?\s]{0,1000})\?=/gi

function decodeWords(text: string): string {
  // Blanks between two encoded words are not part of the text (RFC 2047 §6.2).
  const joined = text.replace(/\?=[ \t]+(?==\?[\w*-]{1,60}\?[bq]\?)/gi, '?=')
  return joined.replace(encodedWord, (whole, charset: string, encoding: string, encoded: string) => {
    const octets = encoding.toLowerCase() === 'b' ? Buffer.from(encoded, 'base64') : unquoted(encoded)
    try {
      return new TextDecoder(charset).decode(octets)
    } catch {
      return whole
    }
  })
}

/** RFC 2047 §4.2. */
function unquoted(encoded: string): Buffer {
  const latin1 = encoded
    .replaceAll('_', ' ')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  return Buffer.from(latin1, 'latin1')
}

function decodeUtf8(octets: string): string {
  return new TextDecoder('utf-8').decode(Buffer.from(octets, 'latin1'))
}
