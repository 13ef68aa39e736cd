/** The only writer of final replies: one slot per accepted RCPT, settled once, written in order (RFC 2033 §4.2). */
import type { Reply } from '../reply.ts'

/**
 * Slot i is written when 0…i−1 are. Settling a slot again changes nothing on the wire; it is counted in `surplus`, because it is a bug.
 * `write` gets each reply once, in order; `done` is called after the last.
 */
export class Ledger {
  #slots: (Reply | undefined)[]
  #written = 0
  #surplus = 0
  readonly #write: (reply: Reply, slot: number) => void
  readonly #done: () => void

  constructor(slots: number, write: (reply: Reply, slot: number) => void, done: () => void) {
    this.#slots = new Array<undefined>(slots).fill(undefined)
    this.#write = write
    this.#done = done
  }

  get size(): number {
    return this.#slots.length
  }

  /** How often somebody tried to settle what was settled, or a slot that is not there. */
  get surplus(): number {
    return this.#surplus
  }

  isSettled(slot: number): boolean {
    return this.#slots[slot] !== undefined
  }

  settle(slot: number, reply: Reply): void {
    if (!(slot in this.#slots) || this.#slots[slot] !== undefined) {
      this.#surplus += 1
      return
    }
    this.#slots[slot] = reply
    for (let next = this.#slots[this.#written]; next !== undefined; next = this.#slots[this.#written]) {
      this.#write(next, this.#written)
      this.#written += 1
      if (this.#written === this.#slots.length) this.#done()
    }
  }

  settleRest(reply: Reply): void {
    for (let slot = 0; slot < this.#slots.length; slot += 1)
      if (this.#slots[slot] === undefined) this.settle(slot, reply)
  }
}
