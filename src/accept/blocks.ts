/** Blocks of memory in which messages lie, used again and again: memory that is made anew for each message costs more to be collected than to be filled. */

/** Octets of a message's first block, and of the others. */
const sizes = { first: 16_384, other: 65_536 }
export const otherSize = sizes.other

type Kind = keyof typeof sizes

export type Block = { readonly kind: Kind; readonly octets: Buffer; isFree: boolean }

export class Blocks {
  readonly #free: Readonly<Record<Kind, Block[]>> = { first: [], other: [] }
  /** The fewest that were free since the last `trim`. */
  readonly #spare: Record<Kind, number> = { first: 0, other: 0 }

  take(kind: Kind): Block {
    const free = this.#free[kind]
    const block = free.pop()
    this.#spare[kind] = Math.min(this.#spare[kind], free.length)
    if (block === undefined) return { kind, octets: Buffer.allocUnsafeSlow(sizes[kind]), isFree: false }
    block.isFree = false
    return block
  }

  /** Of a block that nobody reads or writes any more. Throws if it is free already: two messages would come to lie in it. */
  giveBack(block: Block): void {
    if (block.isFree) throw new Error('a block of memory was given back twice')
    block.isFree = true
    this.#free[block.kind].push(block)
  }

  /** Lets go of those that nobody needed since the last time. */
  trim(): void {
    for (const kind of ['first', 'other'] as const) {
      this.#free[kind].splice(0, this.#spare[kind])
      this.#spare[kind] = this.#free[kind].length
    }
  }
}
