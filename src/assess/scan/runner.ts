/** Leads scans to one scanner: so many at a time, so many waiting, so long each, its endpoints in turn, and none that does not answer. */
import pLimit from 'p-limit'
import type { Clock } from '../../clock.ts'
import type { Endpoint } from '../../deliver/endpoint.ts'
import { Breaker, type BreakerState, type Change, type Ticket } from './breaker.ts'
import { down, scannedAs, unscannable, type Scanned, type ScannerEvent, type Unknown } from './scanner.ts'

/** `concurrent` scans at a time, `waiting` more in line; `timeout` in ms: of the wait in line, and of a
 * scan at all endpoints together. */
export type RunnerOptions = {
  readonly name: string
  readonly endpoints: readonly Endpoint[]
  readonly clock: Clock
  readonly onEvent: (event: ScannerEvent) => void
  readonly concurrent: number
  readonly waiting: number
  readonly timeout: number
}

/**
 * What one endpoint said. `failed`: nothing useful, so the next one is asked; `answered` if it said something at all. `ours`: the message
 * could not be read, which is no endpoint's fault.
 */
export type Attempt<T> =
  | { readonly kind: 'known'; readonly value: T }
  | { readonly kind: 'unscannable'; readonly words: string }
  | { readonly kind: 'failed'; readonly cause: string; readonly answered: boolean }
  | { readonly kind: 'ours'; readonly cause: string }

/** One conversation with one endpoint. Must end soon after the signal. */
export type Ask<T> = (endpoint: Endpoint, signal: AbortSignal) => Promise<Attempt<T>>

/** How a scanner is: `inside` scans run or are in line. */
export type RunnerStats = {
  readonly inside: number
  readonly endpoints: readonly { readonly endpoint: Endpoint; readonly breaker: BreakerState }[]
}

const breaking = { failures: 5, pause: 10_000, longest: 60_000 }

type State = { readonly endpoint: Endpoint; readonly breaker: Breaker; cause: string }

export class Runner {
  readonly #options: RunnerOptions
  readonly #states: readonly State[]
  readonly #limit: ReturnType<typeof pLimit>
  /** Running or in line. */
  #inside = 0

  constructor(options: RunnerOptions) {
    this.#options = options
    this.#limit = pLimit(options.concurrent)
    this.#states = options.endpoints.map(endpoint => ({
      endpoint,
      breaker: new Breaker(options.clock, breaking),
      cause: 'not asked',
    }))
  }

  stats(): RunnerStats {
    const endpoints = this.#states.map(({ endpoint, breaker }) => ({ endpoint, breaker: breaker.state }))
    return { inside: this.#inside, endpoints }
  }

  /** Rejects only if `ask` does. */
  async run<T>(signal: AbortSignal, ask: Ask<T>): Promise<Scanned<T>> {
    const { name, concurrent, waiting } = this.#options
    if (signal.aborted) return cancelled
    if (!this.#states.some(({ breaker }) => breaker.admits)) return this.#allDown()
    if (this.#inside >= concurrent + waiting) return down(`${name}: overload`)
    this.#inside += 1
    try {
      return await this.#inLine(signal, ask)
    } finally {
      this.#inside -= 1
    }
  }

  /** p-limit knows neither signal nor time, so who leaves its line early leaves an entry behind that does nothing when its turn comes. */
  #inLine<T>(signal: AbortSignal, ask: Ask<T>): Promise<Scanned<T>> {
    const { name, clock, timeout } = this.#options
    return new Promise((resolve, reject) => {
      let waits = true
      const leave = (): boolean => {
        const waited = waits
        waits = false
        stopTimer()
        signal.removeEventListener('abort', onAbort)
        return waited
      }
      const onAbort = (): void => {
        if (leave()) resolve(cancelled)
      }
      const stopTimer = clock.after(timeout, () => {
        if (leave()) resolve(down(`${name}: overload`))
      })
      signal.addEventListener('abort', onAbort)
      this.#limit(async () => {
        if (leave()) resolve(await this.#inTurn(signal, ask))
      }).catch(reject)
    })
  }

  async #inTurn<T>(signal: AbortSignal, ask: Ask<T>): Promise<Scanned<T>> {
    const end = this.#options.clock.now() + this.#options.timeout
    for (const [i, state] of this.#states.entries()) {
      const ticket = state.breaker.enter()
      if (ticket === undefined) continue
      // A silent endpoint must leave some time for those after it.
      const share = Math.max(0, end - this.#options.clock.now()) / (this.#states.length - i)
      const attempt = await this.#once(state, ticket, signal, share, ask)
      if (signal.aborted) return cancelled
      switch (attempt.kind) {
        case 'known':
          return scannedAs(attempt.value)
        case 'unscannable':
          return unscannable(`${this.#options.name}: ${attempt.words}`)
        case 'ours':
          return down(attempt.cause)
        case 'failed':
      }
    }
    return this.#allDown()
  }

  async #once<T>(state: State, ticket: Ticket, signal: AbortSignal, share: number, ask: Ask<T>): Promise<Attempt<T>> {
    const late = new AbortController()
    const stopTimer = this.#options.clock.after(share, () => late.abort())
    let attempt: Attempt<T> = { kind: 'ours', cause: 'bug' }
    try {
      attempt = await ask(state.endpoint, AbortSignal.any([signal, late.signal]))
      if (late.signal.aborted)
        attempt = { kind: 'failed', cause: `no answer for ${Math.round(share / 1000)} s`, answered: false }
    } finally {
      stopTimer()
      this.#note(state, ticket, signal.aborted ? { kind: 'ours', cause: 'cancelled' } : attempt)
    }
    return attempt
  }

  #note(state: State, ticket: Ticket, attempt: Attempt<unknown>): void {
    switch (attempt.kind) {
      case 'known':
      case 'unscannable':
        return this.#tell(state, state.breaker.succeeded(ticket), 'answers again')
      case 'failed':
        state.cause = attempt.cause
        return this.#tell(state, state.breaker.failed(ticket, attempt.answered), attempt.cause)
      case 'ours':
        return state.breaker.abandoned(ticket)
    }
  }

  #tell(state: State, change: Change, cause: string): void {
    if (change === undefined) return
    const kind = change === 'up' ? 'scanner up' : 'scanner down'
    this.#options.onEvent({ kind, scanner: this.#options.name, endpoint: state.endpoint, cause })
  }

  #allDown(): Unknown {
    const causes = new Set(this.#states.map(({ cause }) => cause))
    return down(`${this.#options.name}: ${[...causes].join(', ')}`)
  }
}

const cancelled = down('cancelled')
