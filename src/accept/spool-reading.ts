/** Reads a spool file from its beginning on, into blocks that are used again as soon as its reader has passed them. */
import { otherSize } from './blocks.ts'
import type { Block, Blocks } from './blocks.ts'
import type { SpoolFile } from './spool-file.ts'

/** Blocks filled with one call. */
const atOnce = 4

export class SpoolReading {
  readonly #file: SpoolFile
  readonly #blocks: Blocks
  #isBegun = false
  /** Given and not passed, in order; `end`: octets of the file up to there. */
  readonly #given: { readonly block: Block; readonly end: number }[] = []

  constructor(file: SpoolFile, blocks: Blocks) {
    this.#file = file
    this.#blocks = blocks
  }

  /** Rejects if the file cannot be read, or is shorter than `size` octets, and the second time: what has been passed would not be clear. */
  async *pieces(size: number): AsyncGenerator<Uint8Array> {
    if (this.#isBegun) throw new Error('a spool file is read twice with one hold')
    this.#isBegun = true
    for (let at = 0; at < size;) {
      const blocks = this.#take(size - at)
      // If it fails, they are nobody's: a call that was given up could still write into them.
      const read = await this.#file.read(
        blocks.map(({ octets }) => octets),
        at,
      )
      let rest = Math.min(read, size - at)
      for (const block of blocks) {
        const piece = block.octets.subarray(0, rest)
        if (piece.length === 0) {
          this.#blocks.giveBack(block)
          continue
        }
        rest -= piece.length
        at += piece.length
        this.#given.push({ block, end: at })
        yield piece
      }
    }
  }

  /** Nobody looks at the first `octets` of the file any more. */
  passed(octets: number): void {
    let passed = 0
    for (const { block, end } of this.#given) {
      if (end > octets) break
      this.#blocks.giveBack(block)
      passed += 1
    }
    this.#given.splice(0, passed)
  }

  #take(octets: number): Block[] {
    const many = Math.min(atOnce, Math.ceil(octets / otherSize))
    return Array.from({ length: many }, () => this.#blocks.take('other'))
  }
}
