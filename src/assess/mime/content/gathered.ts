/** Octets that come in pieces and are wanted in one: copied once, because twenty large attachments at a time shall not need twice their size. */

const first = 1024
const empty = Buffer.alloc(0)

/** Larger than this, it gets all the room that it can ever need; what is not written to costs no memory. */
const large = 1_048_576

export class Gathered {
  readonly #most: number
  #octets: Buffer = empty
  #length = 0

  /** `most`: octets that will hardly be exceeded. */
  constructor(most: number) {
    this.#most = most
  }

  /** `piece` must not change afterwards: most parts of a message with thousands come in one, which is not copied. */
  add(piece: Buffer): void {
    if (this.#length === 0) {
      this.#octets = piece
      this.#length = piece.length
      return
    }
    const needed = this.#length + piece.length
    if (needed > this.#octets.length) {
      // Twice as much as is needed, should it be more than was foreseen.
      const room = needed > large && needed <= this.#most ? this.#most : Math.max(first, 2 * needed)
      const octets = Buffer.allocUnsafe(room)
      this.#octets.copy(octets, 0, 0, this.#length)
      this.#octets = octets
    }
    this.#octets.set(piece, this.#length)
    this.#length = needed
  }

  octets(): Buffer {
    return this.#octets.length === this.#length ? this.#octets : this.#octets.subarray(0, this.#length)
  }
}
