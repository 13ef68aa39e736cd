/** One transaction as the gate sees it, over all next hops that its recipients have. */
import type { Sender } from '../transaction.ts'
import type { Downstream } from './downstream.ts'
import type { Endpoint } from './endpoint.ts'
import type { NextHop } from './next-hop.ts'
import type { Routes } from './routes.ts'

export class Downstreams {
  readonly #routes: Routes
  readonly #sender: Sender
  readonly #begun = new Map<NextHop, Downstream>()

  constructor(routes: Routes, sender: Sender) {
    this.#routes = routes
    this.#sender = sender
  }

  /**
   * `endpoints` undefined: the usual next hop. Only the first one waits for a connection to become free: to wait for a second while holding one
   * would let two transactions wait for each other.
   */
  to(endpoints: readonly Endpoint[] | undefined): Downstream {
    const nextHop = this.#routes.to(endpoints)
    const known = this.#begun.get(nextHop)
    if (known !== undefined) return known
    const downstream = nextHop.begin(this.#sender, this.#begun.size === 0)
    this.#begun.set(nextHop, downstream)
    return downstream
  }

  /** As `Downstream.rest`, for all. */
  rest(): void {
    for (const downstream of this.#begun.values()) downstream.rest()
  }

  /** As `Downstream.release`, for all. */
  release(): void {
    for (const downstream of this.#begun.values()) downstream.release()
  }
}
