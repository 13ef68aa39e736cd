/** What happens to the next hop and to connections with it, for the log. */
import type { Capabilities } from './capabilities.ts'
import type { Endpoint } from './endpoint.ts'
import type { Outcome } from './outcome.ts'

/** `up` and `down` are told when they change, the others each time. `cause` is printable. */
export type NextHopEvent =
  | { readonly kind: 'up'; readonly endpoint: Endpoint; readonly capabilities: Capabilities }
  | { readonly kind: 'down'; readonly endpoint: Endpoint; readonly outcome: Outcome }
  | { readonly kind: 'lost' | 'out of step' | 'silent'; readonly endpoint: Endpoint; readonly cause: string }
