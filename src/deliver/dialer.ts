/** Opens connections to the first next hop that answers, and remembers which one did not. */
import type { Clock } from '../clock.ts'
import type { Capabilities } from './capabilities.ts'
import { connect } from './connect.ts'
import { Connection, type Closed } from './connection.ts'
import { EndpointOrder } from './endpoint-order.ts'
import type { Endpoint } from './endpoint.ts'
import type { NextHopEvent } from './events.ts'
import type { Outcome } from './outcome.ts'

export type DialerOptions = {
  /** Tried in turn when one cannot be reached; at least one. */
  readonly endpoints: readonly Endpoint[]
  /** Our host name for LHLO. */
  readonly name: string
  readonly clock: Clock
  /** For the log; must not throw. */
  readonly onEvent: (event: NextHopEvent) => void
}

export class Dialer {
  #capabilities: Capabilities | undefined
  readonly #options: DialerOptions
  readonly #order: EndpointOrder
  readonly #onClosed: (connection: Connection, closed: Closed) => void

  /** `onClosed` is called once for each connection given. */
  constructor(options: DialerOptions, onClosed: (connection: Connection, closed: Closed) => void) {
    this.#options = options
    this.#order = new EndpointOrder(options.endpoints, options.clock)
    this.#onClosed = onClosed
  }

  /** As learnt at the last LHLO; undefined before the first. */
  get capabilities(): Capabilities | undefined {
    return this.#capabilities
  }

  /** Never rejects; if nobody can be reached, what the last one tried said. */
  async dial(): Promise<Connection | Outcome> {
    let result: Connection | Outcome = { kind: 'unanswered', at: 'connect', cause: 'no next hop' }
    for (const endpoint of this.#order.now()) {
      result = await this.#try(endpoint)
      if (result instanceof Connection) break
    }
    return result
  }

  async #try(endpoint: Endpoint): Promise<Connection | Outcome> {
    const { name, clock, onEvent } = this.#options
    const result = await connect({ endpoint, name, clock, onClosed: this.#onClosed })
    if (result instanceof Connection) {
      this.#capabilities = result.capabilities
      if (this.#order.reached(endpoint)) onEvent({ kind: 'up', endpoint, capabilities: result.capabilities })
    } else if (this.#order.failed(endpoint)) onEvent({ kind: 'down', endpoint, outcome: result })
    return result
  }
}
