/** Whether a PDF asks for a password, or at least is encrypted: its trailer says so (ISO 32000-1 §7.6.1). */

/** The name /Encrypt, any of its letters written as its number, and not the beginning of a longer name. */
const encrypt = new RegExp(
  `/${Array.from('Encrypt')
    .map(letter => `(?:${letter}|#${letter.charCodeAt(0).toString(16)})`)
    .join('')}(?![A-Za-z0-9#])`,
  'i',
)

/** Characters looked at in one go. */
const window = 1_048_576
const overlap = 64

export function pdfIsEncrypted(content: Buffer): boolean {
  for (let at = 0; at < content.length; at += window) {
    if (encrypt.test(content.toString('latin1', at, at + window + overlap))) return true
  }
  return false
}
