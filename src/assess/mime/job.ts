/** One message that a worker is to read: what was asked, what has been answered. */
import type { Structure } from '../../decide/facts.ts'
import type { Scanned } from '../scan/scanner.ts'

/** Pieces on the way to the worker, once it has asked for more than the first, which is enough for most messages. */
const maxAhead = 4

export class Job {
  readonly number: number
  readonly answer: Promise<Scanned<Structure>>
  /** The worker is free for the next message, or gone. Never before the answer. */
  readonly free: Promise<void>
  settled = false
  #answer: (scanned: Scanned<Structure>) => void = () => undefined
  #release: () => void = () => undefined
  #ahead = 0
  #most = 1
  #wake: () => void = () => undefined

  constructor(number: number) {
    this.number = number
    this.answer = new Promise(resolve => (this.#answer = resolve))
    this.free = new Promise(resolve => (this.#release = resolve))
  }

  /** The first answer counts. */
  settle(scanned: Scanned<Structure>): void {
    this.settled = true
    this.#answer(scanned)
    this.#wake()
  }

  release(): void {
    this.#release()
  }

  /** Until the worker is ready for a piece, which counts as sent, or none is wanted any more. */
  async room(): Promise<void> {
    this.#ahead += 1
    if (this.#ahead > this.#most && !this.settled) await new Promise<void>(resolve => (this.#wake = resolve))
  }

  /** The worker has taken one. */
  taken(): void {
    this.#ahead -= 1
    this.#most = maxAhead
    this.#wake()
  }
}
