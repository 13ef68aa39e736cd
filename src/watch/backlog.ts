/** Log lines that wait to be written, as octets: a line is flat text only for a moment, which costs less than to join many of them later. */

/** Octets; it grows while nobody reads. */
const usual = 512 * 1024

export class Backlog {
  #octets = Buffer.allocUnsafe(usual)
  #length = 0

  /** In octets. */
  get length(): number {
    return this.#length
  }

  /** `line` is ASCII. */
  add(line: string): void {
    const needed = this.#length + line.length
    if (needed > this.#octets.length) this.#grow(needed)
    this.#length += this.#octets.write(line, this.#length, 'latin1')
  }

  /** All of it, and nothing is left. */
  take(): Buffer {
    const taken = Buffer.from(this.#octets.subarray(0, this.#length))
    this.#length = 0
    if (this.#octets.length > usual) this.#octets = Buffer.allocUnsafe(usual)
    return taken
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafe(2 * needed)
    larger.set(this.#octets.subarray(0, this.#length))
    this.#octets = larger
  }
}
