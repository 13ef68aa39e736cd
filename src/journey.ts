/** The journey of one transaction; the only file that knows the order of the stages: accept, assess, decide, deliver, settle. */
import type { Visit } from './accept/receiver.ts'
import { addressOf, originalRecipient } from './address.ts'
import { fromAddresses } from './assess/from.ts'
import { decide } from './decide/decide.ts'
import { dayOf, known, pending } from './decide/facts.ts'
import type { Facts } from './decide/facts.ts'
import type { Policy } from './decide/policy.ts'
import type { Verdict } from './decide/verdict.ts'
import { omittable, wants } from './decide/wants.ts'
import type { Downstream } from './deliver/downstream.ts'
import { groupSurvivors } from './deliver/groups.ts'
import type { Outcome, Stage } from './deliver/outcome.ts'
import { headerPrefix } from './deliver/prefix.ts'
import type { GateParts } from './gate.ts'
import type { Reply } from './reply.ts'
import type { Ledger } from './settle/ledger.ts'
import { said, settled, unfit } from './settle/sentences.ts'
import { settleOutcome, settleQuarantine, settleRefusal } from './settle/settle.ts'
import type { Client, Message, NoMessage, Peer, Recipient, Sender } from './transaction.ts'
import { Report } from './watch/report.ts'
import type { Fate } from './watch/report.ts'

/** A transaction that waits for its client gives its connection to the next hop back after so long (ms). */
const restAfter = 10_000
/** Postfix waits 600 s for each reply; so long (ms) after the end of data we wait for the next hop's. */
const giveUpAfter = 570_000
/** Received fields in a message that is not going round in circles. */
const maxHops = 50
/** Fields that the gate itself writes: nobody else's get through. */
const ownFields = ['x-spam-flag']

/** A recipient whom the next hop will take, and what his policy goes by. */
type Traveller = { readonly recipient: Recipient; readonly facts: Facts; readonly policy: Policy }

/** The same with his place in the ledger, and what is to be done. */
type Decided = { readonly recipient: Recipient; readonly slot: number; readonly verdict: Verdict }

export class Journey implements Visit {
  readonly #parts: GateParts
  readonly #id: string
  readonly #sender: Sender
  readonly #client: Client | undefined
  readonly #peer: Peer
  readonly #begun: Date
  readonly #downstream: Downstream
  readonly #report: Report
  /** What is the same for all recipients. */
  readonly #common: Omit<Facts, 'recipient' | 'original'>
  readonly #travellers = new Map<Recipient, Traveller>()
  #lastOffer = 0
  #cancelRest: (() => void) | undefined
  #ledger: Ledger | undefined
  #isAbandoned = false

  constructor(parts: GateParts, id: string, sender: Sender, peer: Peer, client: Client | undefined) {
    this.#parts = parts
    this.#id = id
    this.#sender = sender
    this.#peer = peer
    this.#client = client
    this.#begun = parts.clock.date()
    this.#downstream = parts.nextHop.begin(sender)
    this.#report = new Report(parts.log, parts.clock, id, sender, client)
    this.#common = {
      sender: sender.path === '' ? undefined : addressOf(sender.path),
      client: client?.address,
      now: this.#begun.getTime(),
      today: dayOf(this.#begun),
      declaredSize: sender.size,
      size: pending,
      from: pending,
      received: pending,
      auth: pending,
      spam: pending,
      virus: pending,
      structure: pending,
    }
  }

  /** Policy refuses here what it can refuse already; everyone else is offered to the next hop, and its answer is the answer. */
  async rcpt(recipient: Recipient): Promise<Reply> {
    const facts = this.#factsAtRcpt(recipient)
    const found = this.#parts.rules.policyFor(facts.recipient, facts.original)
    if ('broken' in found) {
      this.#report.brokenPolicy(found.broken)
      return this.#refuse({ recipient, verdict: brokenPolicy, reply: settled.brokenPolicy, stage: 'RCPT' })
    }
    const verdict = decide(facts, found.policy)
    if (verdict?.action === 'reject' || verdict?.action === 'defer') {
      return this.#refuse({ recipient, verdict, reply: settleRefusal(verdict.action, verdict.code), stage: 'RCPT' })
    }
    const outcome = await this.#offer(recipient)
    const settlement = settleOutcome(outcome)
    if (settlement.reply.code >= 300) {
      return this.#refuse({ recipient, verdict, ...settlement, stage: stageOf(outcome), relay: this.#downstream.relay })
    }
    this.#travellers.set(recipient, { recipient, facts, policy: found.policy })
    return settlement.reply
  }

  omittable(): ReadonlySet<string> {
    const names = new Set(ownFields)
    for (const { policy } of this.#travellers.values()) for (const name of omittable(policy)) names.add(name)
    return names
  }

  receive(message: Message | NoMessage, accepted: readonly Recipient[], ledger: Ledger): void {
    this.#ledger = ledger
    this.#cancelRest?.()
    this.#report.received()
    this.#travel(message, accepted)
      .catch((error: unknown) => {
        this.#report.bug(error)
        this.#settleAll(accepted, said.bug)
      })
      .finally(() => {
        if (typeof message !== 'string') message.discard()
        this.#downstream.release()
      })
  }

  abandon(): void {
    this.#isAbandoned = true
    this.#cancelRest?.()
    if (this.#ledger === undefined) this.#downstream.release()
  }

  #factsAtRcpt(recipient: Recipient): Facts {
    return { ...this.#common, recipient: addressOf(recipient.path), original: originalRecipient(recipient.params) }
  }

  #refuse(fate: Fate): Reply {
    this.#report.settled(fate)
    return fate.reply
  }

  #offer(recipient: Recipient): Promise<Outcome> {
    const { clock } = this.#parts
    this.#lastOffer = clock.now()
    this.#cancelRest ??= clock.after(restAfter, () => this.#rest())
    return this.#downstream.offer(recipient)
  }

  /** The next hop has few connections, and forgets a transaction that idles. */
  #rest(): void {
    const { clock } = this.#parts
    const left = this.#lastOffer + restAfter - clock.now()
    this.#cancelRest = left > 0 ? clock.after(left, () => this.#rest()) : undefined
    if (left <= 0) this.#downstream.rest()
  }

  async #travel(message: Message | NoMessage, accepted: readonly Recipient[]): Promise<void> {
    if (typeof message === 'string') {
      this.#settleAll(accepted, unfit[message])
      return
    }
    if (message.hops > maxHops) {
      this.#settleAll(accepted, settled.loop)
      return
    }
    const decided = await this.#decide(message, accepted)
    this.#report.decided()
    const survivors = decided.filter(each => survives(each.verdict))
    for (const each of decided) if (!survives(each.verdict)) this.#stop(each)
    const quarantined = decided.filter(each => each.verdict.action === 'quarantine')
    await Promise.all([this.#quarantine(message, quarantined), this.#deliver(message, survivors)])
  }

  async #decide(message: Message, accepted: readonly Recipient[]): Promise<Decided[]> {
    const travellers = accepted.map(recipient => this.#travellers.get(recipient)).filter(each => each !== undefined)
    const asksFrom = travellers.some(({ policy }) => wants(policy).from)
    const from = asksFrom ? await fromAddresses(message) : known([])
    return travellers.map(({ recipient, facts, policy }, slot) => {
      const verdict = decide({ ...facts, ...unassessed, size: known(message.size), from }, policy)
      if (verdict === undefined) throw new Error('no verdict although every fact is known')
      return { recipient, slot, verdict }
    })
  }

  /** Verdicts that need nobody else. */
  #stop({ recipient, slot, verdict }: Decided): void {
    switch (verdict.action) {
      case 'reject':
      case 'defer':
      case 'discard':
        this.#settle(slot, {
          recipient,
          verdict,
          reply: settleRefusal(verdict.action, verdict.code),
          stage: 'end of data',
        })
        return
      case 'quarantine':
      case 'deliver':
      case 'junk':
        return
    }
  }

  async #quarantine(message: Message, decided: readonly Decided[]): Promise<void> {
    for (const { recipient, slot, verdict } of decided) {
      const kept = await this.#parts.quarantine.keep({
        message,
        sender: this.#sender,
        recipient,
        client: this.#client,
        reason: verdict.because,
        place: verdict.place,
        transaction: this.#id,
      })
      this.#settle(slot, { recipient, verdict, ...settleQuarantine(kept), stage: 'end of data' })
    }
  }

  /** One group after the other on the connection we hold: waiting for a second one could wait for ourselves. */
  async #deliver(message: Message, decided: readonly Decided[]): Promise<void> {
    const { clock, deadline, name, recipientDelimiter } = this.#parts
    const until = { start: clock.now() + deadline, end: clock.now() + giveUpAfter }
    const has = (field: string): boolean => message.sizeWithout(new Set([field])) < message.size
    for (const group of groupSurvivors(decided, recipientDelimiter, ownFields, has)) {
      this.#report.turn()
      const single = group.recipients.length === 1 ? group.recipients[0]?.path : undefined
      const prefix = headerPrefix(
        { by: name, peer: this.#peer, id: this.#id, forPath: single, date: this.#begun },
        group.headers,
      )
      if (this.#isAbandoned) break
      await this.#downstream.deliver({ ...group, prefix, message }, until, (index, outcome) => {
        const each = group.members[index]
        if (each === undefined) throw new Error('an outcome for nobody')
        const relay = this.#downstream.relay
        this.#settle(each.slot, { ...each, ...settleOutcome(outcome), stage: stageOf(outcome), relay })
      })
    }
    // Nobody would hear that it was delivered, and so it would come again.
    for (const each of decided) {
      if (this.#ledger?.isSettled(each.slot) === false) {
        this.#settle(each.slot, { ...each, reply: settled.clientGone, stage: 'end of data' })
      }
    }
  }

  #settleAll(accepted: readonly Recipient[], reply: Reply): void {
    for (const [slot, recipient] of accepted.entries()) {
      if (this.#ledger?.isSettled(slot) === false) {
        this.#settle(slot, { recipient, verdict: undefined, reply, stage: 'end of data' })
      }
    }
  }

  #settle(slot: number, fate: Fate): void {
    this.#ledger?.settle(slot, fate.reply)
    this.#report.settled(fate)
  }
}

const none = { state: 'unknown', why: { kind: 'down', words: 'no scanner configured' } } as const

/** What needs scanners and parsers, of which there are none. */
const unassessed = { received: none, auth: none, spam: none, virus: none, structure: none }

const brokenPolicy = {
  action: 'defer',
  because: { step: 'broken policy', words: 'file cannot be used' },
  place: 'built in',
} as const

function survives(verdict: Verdict): boolean {
  return verdict.action === 'deliver' || verdict.action === 'junk'
}

function stageOf(outcome: Outcome): Stage {
  return 'at' in outcome ? outcome.at : 'connect'
}
