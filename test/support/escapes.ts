/** Octets as printable text and back: `\r \n \t \0 \\ \xHH`. Octets are latin1 characters, one each. */

export function escaped(octets: string): string {
  return octets.replace(/[\\\x00-\x1f\x7f-\xff]/g, char => {
    if (char === '\\') return '\\\\'
    return names.get(char) ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}

/** Throws on an escape that is none, and on characters that are no octet. */
export function unescaped(text: string): string {
  const octets = text.replace(/\\(x[0-9a-fA-F]{2}|.?)/gs, (whole, what: string) => {
    if (what.startsWith('x')) return String.fromCharCode(parseInt(what.slice(1), 16))
    const char = octetOf.get(what)
    if (char === undefined) throw new Error(`${whole} is no escape`)
    return char
  })
  if (/[^\x00-\xff]/.test(octets)) throw new Error(`write octets above 127 as \\xHH: ${text}`)
  return octets
}

const names: ReadonlyMap<string, string> = new Map([
  ['\r', '\\r'],
  ['\n', '\\n'],
  ['\t', '\\t'],
  ['\0', '\\0'],
])

const octetOf: ReadonlyMap<string, string> = new Map([
  ['r', '\r'],
  ['n', '\n'],
  ['t', '\t'],
  ['0', '\0'],
  ['\\', '\\'],
])
