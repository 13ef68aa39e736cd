/** The receiver that filters: holds the parts and lets each transaction make its journey. */
import type { Offers, Receiver, Visit } from './accept/receiver.ts'
import type { Sources } from './assess/assessment.ts'
import type { Clock } from './clock.ts'
import type { Rules } from './decide/rules.ts'
import type { Quarantine } from './deliver/quarantine.ts'
import type { UnsentNotices } from './deliver/quarantine/unsent-notices.ts'
import type { Routes } from './deliver/routes.ts'
import { Journey } from './journey.ts'
import type { Reply } from './reply.ts'
import { settled } from './settle/sentences.ts'
import type { Client, Peer, Sender } from './transaction.ts'
import type { Decisions } from './watch/decisions/record.ts'
import type { Log } from './watch/log.ts'

export type GateParts = {
  /** Our host name, for the trace field. */
  readonly name: string
  /** Each transaction keeps the version that it began with. */
  readonly rules: { readonly current: Rules }
  readonly sources: Sources
  /** Fields (lower case) that the gate itself writes: nobody else's get through. */
  readonly ownFields: readonly string[]
  readonly recipientDelimiter: string
  readonly routes: Routes
  readonly quarantine: Quarantine
  readonly unsentNotices: UnsentNotices
  readonly log: Log
  /** Undefined: nobody takes them down. */
  readonly decisions: Decisions | undefined
  readonly clock: Clock
  /** The largest message, in octets. */
  readonly messageLimit: number
  /** How long (ms) after the end of data a delivery may still be started. */
  readonly deadline: number
}

export class Gate implements Receiver {
  readonly #parts: GateParts
  #transactions = 0
  readonly #process = `${process.pid.toString(36)}${Date.now().toString(36)}`

  constructor(parts: GateParts) {
    this.#parts = parts
  }

  /** What the next hop can do; while it is unknown, what costs nothing if it turns out otherwise (DESIGN.md, invariant 8). */
  offers(): Offers {
    const capabilities = this.#parts.routes.capabilities
    if (capabilities === undefined) return { eightBitMime: true, smtputf8: true, dsn: false }
    const { eightBitMime, smtputf8, dsn } = capabilities
    return { eightBitMime, smtputf8, dsn }
  }

  begin(sender: Sender, peer: Peer, client: Client | undefined): Visit | Reply {
    if ((sender.size ?? 0) > this.#parts.messageLimit) return settled.tooBigForAll
    this.#transactions += 1
    const id = `${this.#process}.${this.#transactions.toString(36)}`
    return new Journey(this.#parts, { id, begun: this.#parts.clock.date(), sender, peer, client })
  }
}
