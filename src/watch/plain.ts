/** Makes any text fit for a log: printable ASCII, bounded, and never able to look like a line or field of ours. */

const unfit = /[^\x20-\x7e]|\\/
const everyUnfit = /[^\x20-\x7e]|\\/gu

/** Control and 8-bit characters become `\xHH` or `\u{H…}`, a backslash is doubled; what is longer than `max` ends in `...`. */
export function plain(text: string, max = 300): string {
  const cut = text.length > max ? `${text.slice(0, max)}...` : text
  return unfit.test(cut) ? cut.replace(everyUnfit, escape) : cut
}

/** `<address>`, with angle brackets inside it escaped. */
export function bracketed(path: string): string {
  if (usualPath.test(path)) return `<${path}>`
  const inside = plain(path, 320)
  return inside.includes('<') || inside.includes('>') ? `<${inside.replace(/[<>]/g, escape)}>` : `<${inside}>`
}

const usualPath = /^[\w.@+-]{1,320}$/

/** As it is if it is one plain word, else in double quotes; quotes inside it, and what would look like `to=<`, are escaped. */
export function quoted(text: string, max = 300): string {
  if (/^[\w.:/@+*[\]-]{1,100}$/.test(text)) return text
  const fit = plain(text, max)
  return /"|=</.test(fit) ? `"${fit.replaceAll('"', '\\"').replaceAll('=<', '=\\x3c')}"` : `"${fit}"`
}

function escape(found: string): string {
  if (found === '\\') return '\\\\'
  const code = found.codePointAt(0) ?? 0
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}
