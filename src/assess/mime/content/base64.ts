/** Decodes base64 as mailparser does, all at once. */

/** `text` is latin1. What is no base64 is left out, but for the highest bit of a character; what is padded ends there, and the rest begins anew. */
export function decodedBase64(text: string): Buffer {
  const digits = Buffer.from(text, 'latin1')
    .toString('ascii')
    .replace(/[^A-Za-z0-9+/=]+/g, '')
  const pieces = digits.split(/=+/).map(piece => Buffer.from(piece, 'base64'))
  const [first] = pieces
  return pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces)
}
