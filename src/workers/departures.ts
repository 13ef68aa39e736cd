/** Counts connections that have ended, and tells of them not one by one. */
import type { Clock } from '../clock.ts'

const patience = 50

export class Departures {
  #count = 0
  readonly #clock: Clock
  readonly #tell: (connections: number) => void

  constructor(clock: Clock, tell: (connections: number) => void) {
    this.#clock = clock
    this.#tell = tell
  }

  add(): void {
    this.#count += 1
    if (this.#count > 1) return
    this.#clock.after(patience, () => {
      this.#tell(this.#count)
      this.#count = 0
    })
  }
}
