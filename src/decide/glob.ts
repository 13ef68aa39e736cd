/** Patterns with `*` (any run of characters) and `?` (one character) for a whole text. */

/** Both sides of every comparison come through here: no pattern regards case, nor how an accent is put together. */
export function fold(text: string): string {
  // A capital may have no composed form where the small letter has one.
  return ascii.test(text) ? text.toLowerCase() : text.normalize('NFC').toLowerCase().normalize('NFC')
}

const ascii = /^[\x00-\x7f]*$/

const star = 0x2a
const question = 0x3f

/** Pattern and text are folded already. Only the last `*` is ever tried again, so it takes at most text × pattern steps. */
export function globMatches(pattern: string, text: string): boolean {
  let p = 0
  let lastStar = -1
  let retry = 0
  for (let t = 0; t < text.length;) {
    const wanted = pattern.charCodeAt(p)
    if (wanted === star) {
      lastStar = p
      p += 1
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
  while (pattern.charCodeAt(p) === star) p += 1
  return p === pattern.length
}

/** Whether it fits more than the one text that it is. */
export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern)
}

/** How much a pattern says: its characters other than `*`. */
export function weight(pattern: string): number {
  return pattern.replaceAll('*', '').length
}
