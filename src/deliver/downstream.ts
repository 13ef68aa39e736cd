/** One transaction as the gate sees it, over as many connections and transactions with the next hop as it takes. */
import type { Clock } from '../clock.ts'
import type { Recipient, Sender } from '../transaction.ts'
import { Connection } from './connection.ts'
import { Exchange, type Beginning } from './exchange.ts'
import type { Outcome } from './outcome.ts'
import type { Pool } from './pool.ts'
import type { Tell } from './roster.ts'
import {
  holdsJust,
  ownFailure,
  plainAfter,
  targetsOf,
  transact,
  wasNotSent,
  type Delivery,
  type Target,
} from './targets.ts'
import type { Parcel } from './transfer.ts'
import { untimely, type Until } from './until.ts'

/** Survivors who get the same bytes. */
export type DeliveryGroup = Parcel & { readonly recipients: readonly Delivery[] }

/** `group`: its place among the groups; `index`: the recipient's in his group. */
export type TellDelivered = (index: number, outcome: Outcome, group: number) => void

/** Targets of one group that still wait for a transaction. */
type Round = {
  readonly group: DeliveryGroup
  readonly targets: readonly Target[]
  /** Some were sent before, in vain. */
  readonly isRepeated: boolean
  readonly tell: (index: number, outcome: Outcome) => void
}

type Offer = { readonly recipient: Recipient; readonly tell: Tell; repeated: boolean }

/** Offers wait for as long as their client does. */
const forOffers: Beginning = { isForOffers: true, by: Infinity, isCareful: false }

export class Downstream {
  #connection: Connection | undefined
  #exchange: Exchange | undefined
  #acquiring = false
  #failure: Outcome | undefined
  #delivering = false
  #released = false
  #relay: string | undefined
  #offers: Offer[] = []
  readonly #pool: Pool
  readonly #sender: Sender
  readonly #clock: Clock
  readonly #patient: boolean

  constructor(pool: Pool, sender: Sender, clock: Clock, patient = true) {
    this.#pool = pool
    this.#sender = sender
    this.#clock = clock
    this.#patient = patient
  }

  /** For the log: the endpoint of the connection used last. */
  get relay(): string | undefined {
    return this.#relay
  }

  /** Offers a recipient at RCPT; `tell` gets the next hop's answer at RCPT, or MAIL, once, perhaps at once. It must not throw. */
  offer(recipient: Recipient, tell: Tell): void {
    this.#offers.push({ recipient, tell, repeated: false })
    this.#sendOffers()
  }

  /**
   * Sends the groups one after the other; `onOutcome` gets exactly one outcome per recipient, each as soon as it is known. A group whom the open
   * transaction holds, and nobody else, carries on with it; any other gets a transaction of its own. Resolves after the last outcome; rejects then only
   * with what `onOutcome` threw.
   */
  async deliver(groups: readonly DeliveryGroup[], until: Until, onOutcome: TellDelivered): Promise<void> {
    this.#delivering = true
    const bugs: unknown[] = []
    const rounds = groups.map((group, number): Round => {
      const tell = (index: number, outcome: Outcome) => {
        // The conversation must stay in step whatever the caller makes of an outcome.
        try {
          onOutcome(index, outcome, number)
        } catch (error) {
          bugs.push(error)
        }
      }
      return { group, targets: targetsOf(group.recipients), isRepeated: false, tell }
    })
    for (let round = rounds.shift(); round !== undefined; round = rounds.shift()) {
      const exchange = this.#openFor(round.targets) ?? (await this.#exchangeFor(round, until))
      if (exchange instanceof Exchange) await this.#transact(exchange, round, rounds, until)
      else for (const { index } of round.targets) round.tell(index, exchange)
    }
    this.#delivering = false
    if (this.#released) this.rest()
    if (bugs.length > 0) throw bugs[0]
  }

  /** Gives the connection back for the time being; `deliver` opens the transaction anew. */
  rest(): void {
    const connection = this.#connection
    const exchange = this.#exchange
    if (this.#delivering) return
    this.#connection = undefined
    this.#exchange = undefined
    if (connection === undefined) return
    if (exchange?.isQuiet !== false) this.#pool.release(connection)
    else void exchange.quiet().then(() => this.#pool.release(connection))
  }

  /** Finished or abandoned. Any number of times; during `deliver` it waits for its end. */
  release(): void {
    this.#released = true
    this.rest()
  }

  #sendOffers(): void {
    if (this.#acquiring || this.#offers.length === 0) return
    if (this.#exchange?.isOpen === true) return this.#offerOn(this.#exchange)
    // Whoever has found no connection does not wait for the same again.
    if (this.#failure !== undefined) return this.#failOffers(this.#failure)
    this.rest()
    const got = this.#pool.acquire(this.#patient)
    if (got instanceof Connection) return this.#offerOn(this.#begin(got))
    this.#acquiring = true
    void got.then(result => {
      this.#acquiring = false
      if (result instanceof Connection && !this.#released) return this.#offerOn(this.#begin(result))
      if (result instanceof Connection) this.#pool.release(result)
      this.#failure = result instanceof Connection ? { kind: 'busy', cause: 'abandoned' } : result
      this.#failOffers(this.#failure)
    })
  }

  #offerOn(exchange: Exchange): void {
    const offers = this.#offers
    this.#offers = []
    for (const offer of offers)
      exchange.rcpt(offer.recipient, offer.recipient.path, outcome => this.#answered(exchange, offer, outcome))
  }

  /** A connection that was dead already is replaced once, and nobody notices. */
  #answered(exchange: Exchange, offer: Offer, outcome: Outcome): void {
    if (!exchange.isStale || offer.repeated) return offer.tell(outcome)
    offer.repeated = true
    this.#lost(exchange)
    this.#offers.push(offer)
    this.#sendOffers()
  }

  #failOffers(outcome: Outcome): void {
    const offers = this.#offers
    this.#offers = []
    for (const offer of offers) offer.tell(outcome)
  }

  #lost(exchange: Exchange): void {
    this.#pool.dropIdle()
    if (this.#exchange !== exchange) return
    this.#exchange = undefined
    this.#connection = undefined
  }

  /** One transaction for this round, and those that follow it without a pause; who is to be tried once more is so next. */
  async #transact(exchange: Exchange, round: Round, rounds: Round[], until: Until): Promise<void> {
    const again: Target[] = []
    let { isRepeated } = round
    const behind: Promise<void>[] = []
    const tell = (target: Target, outcome: Outcome) => {
      const plain = plainAfter(target, outcome)
      if (plain !== undefined) again.push(plain)
      else if (exchange.isRepeatable && !round.isRepeated && wasNotSent(outcome)) {
        isRepeated = true
        again.push(target)
      } else round.tell(target.index, ownFailure(target, outcome))
    }
    await transact(exchange, round.targets, round.group, until, tell, () => {
      const next = untimely(until, this.#clock.now()) === undefined ? rounds.shift() : undefined
      if (next === undefined) return
      const beginning = { isForOffers: false, by: until.start, isCareful: next.isRepeated, before: exchange }
      behind.push(this.#transact(this.#begin(exchange.connection, beginning), next, rounds, until))
    })
    if (exchange.isLost) this.#lost(exchange)
    again.sort((one, other) => one.index - other.index)
    if (again.length > 0) rounds.unshift({ ...round, targets: again, isRepeated })
    if (behind.length > 0) await Promise.all(behind)
  }

  /** The open transaction if nothing is under way there and it holds just these. */
  #openFor(targets: readonly Target[]): Exchange | undefined {
    const exchange = this.#exchange
    return exchange?.isQuiet === true && holdsJust(exchange, targets) ? exchange : undefined
  }

  /** As `#openFor`, when all is quiet; else a new one, on the connection at hand if there is one. */
  async #exchangeFor({ targets, isRepeated }: Round, until: Until): Promise<Exchange | Outcome> {
    await this.#exchange?.quiet()
    const open = this.#openFor(targets)
    if (open !== undefined) return open
    const hindrance = untimely(until, this.#clock.now())
    if (hindrance !== undefined) return hindrance
    this.#exchange = undefined
    const connection = this.#atHand() ?? (await this.#pool.acquire(this.#patient))
    return connection instanceof Connection
      ? this.#begin(connection, { isForOffers: false, by: until.start, isCareful: isRepeated })
      : connection
  }

  /** The connection that this transaction holds, if it is as it should be. */
  #atHand(): Connection | undefined {
    const connection = this.#connection
    this.#connection = undefined
    connection?.detach()
    if (connection === undefined || connection.isClean) return connection
    connection.close('out of step', 'out of step: octets behind the last reply')
    return undefined
  }

  #begin(connection: Connection, beginning: Beginning = forOffers): Exchange {
    this.#connection = connection
    this.#relay = connection.relay
    this.#exchange = new Exchange(connection, this.#sender, this.#clock, beginning)
    return this.#exchange
  }
}
