/** Which next hops are up, as they were last seen, and how connections with them ended before their time. */
import type { NextHopEvent } from '../../deliver/events.ts'
import { endpointText } from '../../deliver/endpoint.ts'
import type { Endpoint } from '../../deliver/endpoint.ts'
import type { PoolStats } from '../../deliver/pool.ts'
import { counter, gauge } from './family.ts'
import type { Family } from './family.ts'

export class NextHopCounts {
  readonly #up = new Map<string, boolean>()
  readonly #broken = { lost: 0, 'out of step': 0, silent: 0 }

  add(event: NextHopEvent): void {
    switch (event.kind) {
      case 'up':
      case 'down':
        this.#up.set(endpointText(event.endpoint), event.kind === 'up')
        return
      case 'lost':
      case 'out of step':
      case 'silent':
        this.#broken[event.kind] += 1
        return
    }
  }

  /** One of these has been reached and has not been found down since. */
  isUp(endpoints: readonly Endpoint[]): boolean {
    return endpoints.some(endpoint => this.#up.get(endpointText(endpoint)) === true)
  }

  /** `limit`: connections at most. */
  families({ open, idle, waiting, opened }: PoolStats, limit: number): readonly Family[] {
    return [
      gauge(
        'lmtp_gate_next_hop_up',
        'Whether the next hop answered when it was last connected to.',
        [...this.#up].map(([endpoint, isUp]) => ({ labels: { next_hop: endpoint }, value: isUp ? 1 : 0 })),
        'min',
      ),
      gauge('lmtp_gate_next_hop_connections', 'Connections to the next hop, those being opened among the busy ones.', [
        { labels: { state: 'busy' }, value: open - idle },
        { labels: { state: 'idle' }, value: idle },
      ]),
      gauge(
        'lmtp_gate_next_hop_connections_limit',
        'next_hop_connections of the configuration, which is for each next hop.',
        limit,
      ),
      gauge('lmtp_gate_next_hop_waiting', 'Transactions that wait for a connection to the next hop.', waiting),
      counter('lmtp_gate_next_hop_connections_opened_total', 'Connections that were opened to the next hop.', opened),
      counter(
        'lmtp_gate_next_hop_connections_broken_total',
        'Connections that the next hop or the network ended, that fell out of step, or on which nothing came in time.',
        Object.entries(this.#broken).map(([how, value]) => ({ labels: { how }, value })),
      ),
    ]
  }
}
