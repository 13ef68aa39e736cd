/** Blocks of memory in which messages lie, used again and again: memory that is made anew for each message costs more to be collected than to be filled. */

/** Octets of a message's first block, and of the others. */
const sizes = { first: 16_384, other: 65_536 }

export type Block = { readonly kind: keyof typeof sizes; readonly octets: Buffer; isFree: boolean }

export class Blocks {
  readonly #free: Readonly<Record<Block['kind'], Block[]>> = { first: [], other: [] }
  /** Octets of free blocks, now and at most. */
  #octets = 0
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  take(kind: Block['kind']): Block {
    const block = this.#free[kind].pop()
    if (block === undefined) return { kind, octets: Buffer.allocUnsafeSlow(sizes[kind]), isFree: false }
    this.#octets -= sizes[kind]
    block.isFree = false
    return block
  }

  /** Of a block that nobody reads or writes any more. Throws if it is free already: two messages would come to lie in it. */
  giveBack(block: Block): void {
    if (block.isFree) throw new Error('a block of memory was given back twice')
    if (this.#octets + sizes[block.kind] > this.#most) return
    this.#octets += sizes[block.kind]
    block.isFree = true
    this.#free[block.kind].push(block)
  }
}
