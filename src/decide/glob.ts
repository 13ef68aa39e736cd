/** Patterns with `*` (any run of characters) and `?` (one character) for a whole text. */

/** Both sides of every comparison come through here: no pattern regards case, nor how an accent is put together. */
export function fold(text: string): string {
  if (text.length <= short && isFolded(text)) return text
  // A capital may have no composed form where the small letter has one.
  return ascii.test(text) ? text.toLowerCase() : text.normalize('NFC').toLowerCase().normalize('NFC')
}

const ascii = /^[\x00-\x7f]*$/

/** Most parts of addresses are small letters, and to see that takes a tenth of what it takes to make others. */
const short = 40

function isFolded(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charCodeAt(i)
    if (char > 0x7f || (char >= 0x41 && char <= 0x5a)) return false
  }
  return true
}

const star = 0x2a
const question = 0x3f
const end = -1

/** Pattern and text are folded already. Only the last `*` is ever tried again, so it takes at most text × pattern steps. */
export function globMatches(pattern: string, text: string): boolean {
  if (!mayEndIn(pattern, text)) return false
  let p = 0
  let lastStar = -1
  let retry = 0
  for (let t = 0; t < text.length;) {
    // To ask for a character that is not there takes many times as long.
    const wanted = p < pattern.length ? pattern.charCodeAt(p) : end
    if (wanted === star) {
      lastStar = p
      p += 1
      if (p === pattern.length) return true
      retry = t
    } else if (wanted === question || wanted === text.charCodeAt(t)) {
      p += 1
      t += 1
    } else if (lastStar >= 0) {
      retry += 1
      t = retry
      p = lastStar + 1
    } else return false
  }
  while (p < pattern.length && pattern.charCodeAt(p) === star) p += 1
  return p === pattern.length
}

/** Most patterns differ from most texts at their end already. */
function mayEndIn(pattern: string, text: string): boolean {
  if (pattern === '' || text === '') return true
  const last = pattern.charCodeAt(pattern.length - 1)
  return last === star || last === question || last === text.charCodeAt(text.length - 1)
}

/** Whether it fits more than the one text that it is. */
export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern)
}

/** How much a pattern says: its characters other than `*`. */
export function weight(pattern: string): number {
  return pattern.replaceAll('*', '').length
}
