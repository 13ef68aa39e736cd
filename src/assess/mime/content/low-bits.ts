/** Takes bits from octets, the lowest first (RFC 1951 §3.1.1). Behind the end there are zeros without end. */

export class LowBits {
  readonly #octets: Uint8Array
  #at = 0
  #bits = 0
  #count = 0

  constructor(octets: Uint8Array) {
    this.#octets = octets
  }

  /** More was taken than there is. */
  isOver(): boolean {
    return this.#at > this.#octets.length && (this.#at - this.#octets.length) * 8 > this.#count
  }

  /** The next `count` bits, at most 16, without taking them. */
  peek(count: number): number {
    while (this.#count < count) {
      this.#bits |= (this.#octets[this.#at] ?? 0) << this.#count
      this.#at += 1
      this.#count += 8
    }
    return this.#bits & ((1 << count) - 1)
  }

  drop(count: number): void {
    this.#bits >>>= count
    this.#count -= count
  }

  /** At most 16. */
  take(count: number): number {
    const bits = this.peek(count)
    this.drop(count)
    return bits
  }

  /** To the next whole octet. */
  align(): void {
    this.drop(this.#count & 7)
  }

  /** So many octets, from a whole one on; gives how many there were. */
  skip(octets: number): number {
    const held = this.#count >> 3
    const left = Math.max(0, this.#octets.length - (this.#at - held))
    const given = Math.min(octets, left)
    this.#at += given - held
    this.#bits = 0
    this.#count = 0
    return given
  }
}
