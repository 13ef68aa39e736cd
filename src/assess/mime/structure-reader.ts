/** Reads the structure of one message, piece by piece. */
import type { Structure } from '../../decide/facts.ts'
import { Findings } from './findings.ts'
import type { Limits } from './limits.ts'
import { Walker } from './walker.ts'

/** Write, write, end, which may come as soon as nothing is left to learn. What is over a bound is told as unreadable; nothing is thrown but for a bug. */
export class StructureReader {
  readonly #findings: Findings
  readonly #walker: Walker

  /** `size` of the message, in octets. */
  constructor(limits: Limits, size: number) {
    this.#findings = new Findings(limits, size)
    this.#walker = new Walker(this.#findings, 0)
  }

  /** Resolves when it may have more. `piece` must not change afterwards. */
  async write(piece: Uint8Array): Promise<void> {
    await this.#walker.write(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength))
  }

  /** What may still come changes nothing. */
  get isDone(): boolean {
    return this.#walker.isDone
  }

  async end(): Promise<Structure> {
    await this.#walker.end(this.#findings.size)
    return this.#findings.structure()
  }
}
