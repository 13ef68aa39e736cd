/** The time in tests: it stands still until a test moves it. */
import type { Clock } from '../../src/clock.ts'
import { turns } from './turns.ts'

type Timer = { readonly due: number; readonly task: () => void }

export class FakeClock implements Clock {
  #now = 0
  readonly #timers = new Set<Timer>()
  readonly #start: number

  /** `start` is the time of day at `now() === 0`. */
  constructor(start = new Date('2026-11-22T06:00:00Z')) {
    this.#start = start.getTime()
  }

  now(): number {
    return this.#now
  }

  date(): Date {
    return new Date(this.#start + this.#now)
  }

  after(ms: number, task: () => void): () => void {
    const timer = { due: this.#now + Math.max(0, ms), task }
    this.#timers.add(timer)
    return () => {
      this.#timers.delete(timer)
    }
  }

  /** Milliseconds until the next timer; undefined if none is set. */
  untilNext(): number | undefined {
    const next = this.#next()
    return next === undefined ? undefined : next.due - this.#now
  }

  get timers(): number {
    return this.#timers.size
  }

  /** Runs what falls due on the way, in order of time, then of setting; timers set meanwhile count too. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (let next = this.#next(); next !== undefined && next.due <= end; next = this.#next()) this.#run(next)
    this.#now = end
  }

  /** As `advance`, with time for sockets and promises to react to each timer. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms
    await turns()
    for (let next = this.#next(); next !== undefined && next.due <= end; next = this.#next()) {
      this.#run(next)
      await turns()
    }
    this.#now = end
  }

  #run(timer: Timer): void {
    this.#timers.delete(timer)
    this.#now = Math.max(this.#now, timer.due)
    timer.task()
  }

  #next(): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) if (first === undefined || timer.due < first.due) first = timer
    return first
  }
}
