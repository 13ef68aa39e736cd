/** The journey of one transaction; the only file that knows the order of the stages: accept, assess, decide, deliver, settle. */
import type { Visit } from './accept/receiver.ts'
import { envelopeFacts, factsAtRcpt } from './assess/envelope.ts'
import type { EnvelopeFacts } from './decide/facts.ts'
import type { Rules } from './decide/rules.ts'
import { decideAtRcpt } from './decide/trial.ts'
import { omittable } from './decide/wants.ts'
import type { Downstream } from './deliver/downstream.ts'
import { Downstreams } from './deliver/downstreams.ts'
import { stageOf } from './deliver/outcome.ts'
import type { Outcome } from './deliver/outcome.ts'
import { Notices } from './deliver/quarantine/notices.ts'
import { untilFrom } from './deliver/until.ts'
import { Watchdog } from './deliver/watchdog.ts'
import type { GateParts } from './gate.ts'
import { keepBack } from './quarantined.ts'
import type { Reply } from './reply.ts'
import type { Ledger } from './settle/ledger.ts'
import { said, settled, unfit } from './settle/sentences.ts'
import { settleOutcome, settleRefusal } from './settle/settle.ts'
import { handOn } from './survivors.ts'
import type { Message, NoMessage, Recipient, Transaction } from './transaction.ts'
import { verdictsFor } from './verdicts.ts'
import type { Judged, Traveller } from './verdicts.ts'
import { decidedAtEnd, decidedAtRcpt } from './watch/decisions/decided.ts'
import { Report } from './watch/report.ts'
import type { Fate } from './watch/report.ts'

/** The next hop has few connections, and forgets a transaction that idles: one that waits for its client gives its connection back after so long (ms). */
const restAfter = 10_000
/** Received fields in a message that is not going round in circles. */
const maxHops = 50

export class Journey implements Visit {
  readonly #parts: GateParts
  readonly #rules: Rules
  readonly #transaction: Transaction
  readonly #downstreams: Downstreams
  readonly #rest: Watchdog
  readonly #report: Report
  /** What is the same for all recipients. */
  readonly #common: EnvelopeFacts
  readonly #travellers = new Map<Recipient, Traveller>()
  #notices: Notices | undefined
  #ledger: Ledger | undefined
  /** When the whole message was here. */
  #receivedAt = 0
  #isAbandoned = false

  constructor(parts: GateParts, transaction: Transaction) {
    this.#parts = parts
    this.#rules = parts.rules.current
    this.#transaction = transaction
    this.#downstreams = new Downstreams(parts.routes, transaction.sender)
    this.#rest = new Watchdog(parts.clock)
    this.#report = new Report(parts.log, parts.clock, transaction)
    this.#common = envelopeFacts(transaction)
  }

  /** Policy refuses here what it can refuse already; everyone else is offered to the next hop, and its answer is the answer. */
  rcpt(recipient: Recipient, answer: (reply: Reply) => void): void {
    const facts = factsAtRcpt(this.#common, recipient)
    const found = this.#rules.policyFor(facts.recipient, facts.original)
    if ('broken' in found) return answer(this.#refuse(recipient, brokenPolicy, settled.brokenPolicy, ''))
    const { policy } = found
    const { verdict, opening } = decideAtRcpt(facts, policy)
    if (verdict?.action === 'reject' || verdict?.action === 'defer') {
      return answer(this.#refuse(recipient, verdict, settleRefusal(verdict.action, verdict.code), policy.profile))
    }
    const downstream = this.#downstreams.to(policy.nextHop?.value)
    // No promise: there would be one for each recipient, and each costs a microsecond and a kilobyte.
    downstream.offer(recipient, outcome => {
      try {
        answer(this.#answered({ recipient, facts, policy, opening }, verdict, outcome, downstream))
      } catch (error) {
        this.#report.bug(error)
        answer(said.bug)
      }
    })
  }

  omittable(): ReadonlySet<string> {
    const names = new Set(this.#parts.ownFields)
    for (const { policy } of this.#travellers.values()) for (const name of omittable(policy)) names.add(name)
    return names
  }

  receive(message: Message | NoMessage, accepted: readonly Recipient[], ledger: Ledger): void {
    this.#ledger = ledger
    this.#receivedAt = this.#parts.clock.now()
    this.#rest.stop()
    this.#report.received()
    this.#travel(message, accepted)
      .catch((error: unknown) => {
        this.#report.bug(error)
        this.#settleAll(accepted, said.bug)
      })
      .finally(() => {
        if (typeof message !== 'string') message.discard()
        this.#downstreams.release()
        if (ledger.surplus > 0) this.#report.surplus(ledger.surplus)
        void this.#notices?.send()
      })
  }

  abandon(): void {
    this.#isAbandoned = true
    this.#rest.stop()
    if (this.#ledger === undefined) this.#downstreams.release()
  }

  /** His policy does. */
  #refuse(recipient: Recipient, verdict: NonNullable<Fate['verdict']>, reply: Reply, profile: string): Reply {
    this.#parts.decisions?.record(decidedAtRcpt(this.#transaction, { recipient, profile, verdict }))
    this.#report.settled({ recipient, verdict, reply, stage: 'RCPT' })
    return reply
  }

  #answered(traveller: Traveller, verdict: Fate['verdict'], outcome: Outcome, { relay }: Downstream): Reply {
    if (!this.#isAbandoned) this.#rest.set(this.#parts.clock.now() + restAfter, () => this.#downstreams.rest())
    const { recipient } = traveller
    const { reply, cause, inDoubt } = settleOutcome(outcome)
    if (reply.code < 300) this.#travellers.set(recipient, traveller)
    else this.#report.settled({ recipient, verdict, reply, cause, inDoubt, stage: stageOf(outcome, 'RCPT'), relay })
    return reply
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
    const judged = await this.#decide(message, accepted)
    this.#report.decided()
    for (const each of judged) this.#stop(each)
    const kept = judged.filter(isKeptBack)
    const survivors = judged.filter(isHandedOn)
    if (kept.length === 0) await this.#handOn(message, survivors)
    else await bothOf(this.#keepBack(message, kept), this.#handOn(message, survivors))
  }

  async #decide(message: Message, accepted: readonly Recipient[]): Promise<readonly Judged[]> {
    const { id, sender, client } = this.#transaction
    const { sources, decisions } = this.#parts
    const travellers = accepted.map(recipient => this.#traveller(recipient))
    const subject = { message, sender, recipients: accepted, client, transaction: id }
    const { judged, evidence } = await verdictsFor(travellers, sources, subject)
    decisions?.record(decidedAtEnd(this.#transaction, judged, evidence))
    return judged
  }

  #traveller(recipient: Recipient): Traveller {
    const traveller = this.#travellers.get(recipient)
    if (traveller === undefined) throw new Error('accepted, but not by us')
    return traveller
  }

  /** Verdicts that need nobody else. */
  #stop({ recipient, slot, verdict }: Judged): void {
    const { action, code } = verdict
    if (action !== 'reject' && action !== 'defer' && action !== 'discard') return
    this.#settle(slot, { recipient, verdict, reply: settleRefusal(action, code), stage: 'end of data' })
  }

  #keepBack(message: Message, kept: readonly Judged[]): Promise<void> {
    this.#notices = new Notices(this.#parts, this.#transaction, this.#report)
    return keepBack(kept, {
      parts: this.#parts,
      transaction: this.#transaction,
      message,
      notices: this.#notices,
      settle: (slot, fate) => this.#settle(slot, fate),
    })
  }

  #handOn(message: Message, survivors: readonly Judged[]): Promise<void> {
    return handOn(survivors, {
      parts: this.#parts,
      transaction: this.#transaction,
      message,
      downstreams: this.#downstreams,
      until: untilFrom(this.#receivedAt, this.#parts.deadline, () => !this.#isAbandoned),
      report: this.#report,
      settle: (slot, fate) => this.#settle(slot, fate),
    })
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

const brokenPolicy = {
  action: 'defer',
  because: { step: 'broken policy', words: 'file cannot be used' },
  place: 'built in',
} as const

/** On our own disk. */
function isKeptBack({ verdict: { action, keeping } }: Judged): boolean {
  return action === 'quarantine' && keeping?.mailbox === undefined
}

/** To his own mailbox, or to one that is the quarantine's. */
function isHandedOn({ verdict: { action, keeping } }: Judged): boolean {
  return action === 'deliver' || action === 'junk' || (action === 'quarantine' && keeping?.mailbox !== undefined)
}

/** Rejects as they do, but not before both are over: the message is not discarded under one of them. */
async function bothOf(...stages: readonly [Promise<void>, Promise<void>]): Promise<void> {
  await Promise.allSettled(stages)
  await Promise.all(stages)
}
