/** Looks for what decoders of base64 treat differently: some stop at it, some leave it out (RFC 2045 §6.8). */

export class Base64Check {
  #padded = false
  #goesOn = false
  #alien = false
  #digits = 0

  /** Without blanks and line ends. */
  write(text: string): void {
    if (/[^A-Za-z0-9+/=]/.test(text)) this.#alien = true
    const data = this.#padded ? text : afterPadding(text)
    if (data !== undefined) {
      this.#padded = true
      if (/[^=]/.test(data)) this.#goesOn = true
    }
    this.#digits += text.length
  }

  /** In words. */
  end(): string[] {
    const found: string[] = []
    if (this.#alien) found.push('base64 with other characters in it')
    if (this.#goesOn) found.push('base64 that goes on after its end')
    if (!this.#alien && !this.#goesOn && this.#digits % 4 !== 0) found.push('base64 that is cut short')
    return found
  }
}

function afterPadding(text: string): string | undefined {
  const at = text.indexOf('=')
  return at < 0 ? undefined : text.slice(at)
}
