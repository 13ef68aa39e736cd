/** Octets of a header to text, by the name of their charset (WHATWG Encoding's labels). */

/** Undefined: no such charset. Octets that are none in that charset become U+FFFD. */
export function decodeText(octets: Uint8Array, charset: string): string | undefined {
  try {
    return new TextDecoder(charset).decode(octets)
  } catch {
    return undefined
  }
}

/** What raw octets of a header most likely say: UTF-8 if they are that, else as Windows in the west has it. `raw` is latin1. */
export function guessText(raw: string): string {
  if (!/[\x80-\xff]/.test(raw)) return raw
  const octets = Buffer.from(raw, 'latin1')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets)
  } catch {
    return new TextDecoder('windows-1252').decode(octets)
  }
}
