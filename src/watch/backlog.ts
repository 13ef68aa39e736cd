/** Log lines that wait to be written, as octets: some lines become so together, while they are young, which costs less than one by one, or many of them later. */

/** Octets; it grows while nobody reads. */
const usual = 512 * 1024

/** Characters that become octets together. */
const together = 4096

export class Backlog {
  #octets = Buffer.allocUnsafe(usual)
  #length = 0
  #text = ''

  /** In octets. */
  get length(): number {
    return this.#length + this.#text.length
  }

  /** `line` is ASCII. */
  add(line: string): void {
    this.#text += line
    if (this.#text.length >= together) this.#toOctets()
  }

  /** All of it, and nothing is left. */
  take(): Buffer {
    this.#toOctets()
    const taken = Buffer.from(this.#octets.subarray(0, this.#length))
    this.#length = 0
    if (this.#octets.length > usual) this.#octets = Buffer.allocUnsafe(usual)
    return taken
  }

  #toOctets(): void {
    const needed = this.length
    if (needed > this.#octets.length) this.#grow(needed)
    this.#length += this.#octets.write(this.#text, this.#length, 'latin1')
    this.#text = ''
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafe(2 * needed)
    larger.set(this.#octets.subarray(0, this.#length))
    this.#octets = larger
  }
}
