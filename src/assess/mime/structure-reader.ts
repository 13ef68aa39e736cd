/** Reads the structure of one message, piece by piece. */
import type { Structure } from '../../decide/facts.ts'
import { Findings } from './findings.ts'
import type { Limits } from './limits.ts'
import { Walker } from './walker.ts'

/** Write, write, end. What is over a bound is told as unreadable; nothing is thrown but for a bug. */
export class StructureReader {
  readonly #findings: Findings
  readonly #walker: Walker

  /** `size` of the message, in octets, as far as it is known. */
  constructor(limits: Limits, size: number) {
    this.#findings = new Findings(limits, size)
    this.#walker = new Walker(this.#findings, 0)
  }

  /** Resolves when it may have more. `piece` must not change afterwards. */
  async write(piece: Uint8Array): Promise<void> {
    await this.#walker.write(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength))
  }

  async end(): Promise<Structure> {
    await this.#walker.end()
    return this.#findings.structure()
  }
}
