/** Keeps us from asking an endpoint that does not answer: closed, open, and half open when the time has come to try it again. Plain state. */
import type { Clock } from '../../clock.ts'

/** `failures` in a row open it, for `pause` ms at first, twice as long each time, at most for `longest`. */
export type BreakerOptions = { readonly failures: number; readonly pause: number; readonly longest: number }

/** The right to ask once. Given back with exactly one of succeeded, failed, abandoned. */
export type Ticket = { readonly probe: boolean }

export type BreakerState = 'closed' | 'half open' | 'open'

/** News for the log. */
export type Change = 'up' | 'down' | undefined

export class Breaker {
  readonly #clock: Clock
  readonly #options: BreakerOptions
  #failures = 0
  /** 0: closed. */
  #pause = 0
  #until = 0
  #probing = false
  #toldDown = false

  constructor(clock: Clock, options: BreakerOptions) {
    this.#clock = clock
    this.#options = options
  }

  get state(): BreakerState {
    if (this.#pause === 0) return 'closed'
    return this.#clock.now() >= this.#until ? 'half open' : 'open'
  }

  /** Whether `enter` would give a ticket now. */
  get admits(): boolean {
    return this.#pause === 0 || (!this.#probing && this.#clock.now() >= this.#until)
  }

  /** Half open, it gives one ticket at a time. */
  enter(): Ticket | undefined {
    if (!this.admits) return undefined
    const probe = this.#pause > 0
    if (probe) this.#probing = true
    return { probe }
  }

  succeeded(ticket: Ticket): Change {
    this.abandoned(ticket)
    this.#failures = 0
    this.#pause = 0
    if (!this.#toldDown) return undefined
    this.#toldDown = false
    return 'up'
  }

  /**
   * `answered`: there was an answer, if a useless one. That never opens it: whoever can write one message that the engine fails at could
   * otherwise have everybody else's go unscanned.
   */
  failed(ticket: Ticket, answered: boolean): Change {
    this.abandoned(ticket)
    this.#failures += 1
    if (answered) this.#pause = 0
    else if (ticket.probe) this.#open(Math.min(this.#pause * 2, this.#options.longest))
    else if (this.#pause === 0 && this.#failures >= this.#options.failures) this.#open(this.#options.pause)
    if (this.#toldDown || this.#failures < this.#options.failures) return undefined
    this.#toldDown = true
    return 'down'
  }

  /** The caller lost interest: nothing was learned. */
  abandoned(ticket: Ticket): void {
    if (ticket.probe) this.#probing = false
  }

  #open(pause: number): void {
    this.#pause = pause
    this.#until = this.#clock.now() + pause
  }
}
