/** One moment by which something must have happened, moved often and reached seldom. */
import type { Clock } from '../clock.ts'

export class Watchdog {
  #at = Infinity
  #task: () => void = () => undefined
  #wakesAt = Infinity
  #cancel: () => void = () => undefined
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Runs `task` once at the moment `at`, unless it is set anew or cleared before. */
  set(at: number, task: () => void): void {
    this.#at = at
    this.#task = task
    // A timer that wakes too early only looks again, so moving the moment on costs nothing.
    if (at < this.#wakesAt) this.#arm()
  }

  clear(): void {
    this.#at = Infinity
  }

  /** As `clear`, and leaves no timer behind. */
  stop(): void {
    this.clear()
    this.#cancel()
    this.#wakesAt = Infinity
  }

  #arm(): void {
    this.#cancel()
    this.#wakesAt = this.#at
    this.#cancel = this.#clock.after(Math.max(1, this.#at - this.#clock.now()), () => this.#wake())
  }

  #wake(): void {
    this.#wakesAt = Infinity
    if (this.#at === Infinity) return
    if (this.#at > this.#clock.now()) return this.#arm()
    this.#at = Infinity
    this.#task()
  }
}
