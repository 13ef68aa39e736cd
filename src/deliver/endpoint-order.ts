/** Which of several next hops to try first: the first in the list, but one that just failed last. */
import type { Clock } from '../clock.ts'
import type { Endpoint } from './endpoint.ts'

/** So long a failed one is asked only if no other answers. */
const avoided = 30_000

type State = { readonly endpoint: Endpoint; failedAt: number; up: boolean | undefined }

export class EndpointOrder {
  readonly #states: readonly State[]
  readonly #clock: Clock

  constructor(endpoints: readonly Endpoint[], clock: Clock) {
    this.#states = endpoints.map(endpoint => ({ endpoint, failedAt: -Infinity, up: undefined }))
    this.#clock = clock
  }

  /** All of them, in the order in which to try them now. */
  now(): readonly Endpoint[] {
    const fresh = this.#clock.now() - avoided
    const good = this.#states.filter(state => state.failedAt <= fresh)
    const bad = this.#states.filter(state => state.failedAt > fresh)
    return [...good, ...bad].map(state => state.endpoint)
  }

  /** True if this is news: it was not known to be up. */
  reached(endpoint: Endpoint): boolean {
    return this.#mark(endpoint, true, -Infinity)
  }

  /** True if this is news: it was not known to be down. */
  failed(endpoint: Endpoint): boolean {
    return this.#mark(endpoint, false, this.#clock.now())
  }

  #mark(endpoint: Endpoint, up: boolean, failedAt: number): boolean {
    const state = this.#states.find(known => known.endpoint === endpoint)
    if (state === undefined) return false
    const news = state.up !== up
    state.up = up
    state.failedAt = failedAt
    return news
  }
}
