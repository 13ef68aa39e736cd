/** The journey of one transaction; the only file that knows the order of the stages: accept, assess, decide, deliver, settle. */
import type { Visit } from './accept/receiver.ts'
import { addressOf, originalRecipient } from './address.ts'
import { dayOf, factsOf, nothingLearned } from './decide/facts.ts'
import type { EnvelopeFacts, Evidence, Facts } from './decide/facts.ts'
import type { Rules } from './decide/rules.ts'
import { decideAtRcpt } from './decide/trial.ts'
import type { Verdict } from './decide/verdict.ts'
import { omittable } from './decide/wants.ts'
import type { Downstream } from './deliver/downstream.ts'
import { Downstreams } from './deliver/downstreams.ts'
import { groupSurvivors } from './deliver/groups.ts'
import type { Outcome, Stage } from './deliver/outcome.ts'
import { headerPrefix } from './deliver/prefix.ts'
import type { Trace } from './deliver/prefix.ts'
import { mailboxPath } from './deliver/quarantine/mailbox.ts'
import { Notices } from './deliver/quarantine/notices.ts'
import type { Until } from './deliver/until.ts'
import { Watchdog } from './deliver/watchdog.ts'
import type { GateParts } from './gate.ts'
import type { Reply } from './reply.ts'
import type { Ledger } from './settle/ledger.ts'
import { said, settled, unfit } from './settle/sentences.ts'
import { settleMailbox, settleOutcome, settleQuarantine, settleRefusal } from './settle/settle.ts'
import type { Client, Message, NoMessage, Peer, Recipient, Sender } from './transaction.ts'
import type { Decision } from './watch/decisions/record.ts'
import { Report } from './watch/report.ts'
import type { Fate } from './watch/report.ts'
import { verdictsFor } from './verdicts.ts'
import type { Judged, Traveller } from './verdicts.ts'

/** The next hop has few connections, and forgets a transaction that idles: one that waits for its client gives its connection back after so long (ms). */
const restAfter = 10_000
/** Postfix waits 600 s for each reply; so long (ms) after the end of data we wait for the next hop's, whatever the scanners took of it. */
const giveUpAfter = 570_000
/** Received fields in a message that is not going round in circles. */
const maxHops = 50

type Decided = Judged & {
  /** To his next hop. */
  readonly downstream: Downstream
  /** Where it is kept, if the quarantine is a mailbox at the next hop. */
  readonly mailbox: string | undefined
}

export class Journey implements Visit {
  readonly #parts: GateParts
  readonly #rules: Rules
  readonly #id: string
  readonly #sender: Sender
  readonly #client: Client | undefined
  readonly #peer: Peer
  readonly #begun: Date
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

  constructor(parts: GateParts, id: string, sender: Sender, peer: Peer, client: Client | undefined) {
    this.#parts = parts
    this.#rules = parts.rules.current
    this.#id = id
    this.#sender = sender
    this.#peer = peer
    this.#client = client
    this.#begun = parts.clock.date()
    this.#downstreams = new Downstreams(parts.routes, sender)
    this.#rest = new Watchdog(parts.clock)
    this.#report = new Report(parts.log, parts.clock, id, sender, client)
    this.#common = {
      sender: sender.path === '' ? undefined : addressOf(sender.path),
      client: client?.address,
      now: this.#begun.getTime(),
      today: dayOf(this.#begun),
      declaredSize: sender.size,
    }
  }

  /** Policy refuses here what it can refuse already; everyone else is offered to the next hop, and its answer is the answer. */
  rcpt(recipient: Recipient, answer: (reply: Reply) => void): void {
    const facts = this.#factsAtRcpt(recipient)
    const found = this.#rules.policyFor(facts.recipient, facts.original)
    if ('broken' in found) {
      return answer(this.#refuse({ recipient, verdict: brokenPolicy, reply: settled.brokenPolicy, stage: 'RCPT' }, ''))
    }
    const { policy } = found
    const verdict = decideAtRcpt(facts, policy)
    if (verdict?.action === 'reject' || verdict?.action === 'defer') {
      const reply = settleRefusal(verdict.action, verdict.code)
      return answer(this.#refuse({ recipient, verdict, reply, stage: 'RCPT' }, policy.profile))
    }
    const downstream = this.#downstreams.to(policy.nextHop?.value)
    // No promise: there would be one for each recipient, and each costs a microsecond and a kilobyte.
    downstream.offer(recipient, outcome => {
      try {
        answer(this.#answered({ recipient, facts, policy }, verdict, outcome, downstream))
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

  #answered(traveller: Traveller, verdict: Fate['verdict'], outcome: Outcome, { relay }: Downstream): Reply {
    if (!this.#isAbandoned) this.#rest.set(this.#parts.clock.now() + restAfter, () => this.#downstreams.rest())
    const { recipient } = traveller
    const settlement = settleOutcome(outcome)
    if (settlement.reply.code >= 300)
      return this.#refuse({ recipient, verdict, ...settlement, stage: stageOf(outcome, 'RCPT'), relay })
    this.#travellers.set(recipient, traveller)
    return settlement.reply
  }

  #factsAtRcpt(recipient: Recipient): Facts {
    const whom = { recipient: addressOf(recipient.path), original: originalRecipient(recipient.params) }
    return factsOf(this.#common, whom, nothingLearned)
  }

  /** `profile`: of whom his policy refuses. */
  #refuse(fate: Fate, profile?: string): Reply {
    const { recipient, verdict } = fate
    if (profile !== undefined && verdict !== undefined) {
      this.#takeDown('RCPT', [{ recipient, profile, verdict }], noEvidence)
    }
    this.#report.settled(fate)
    return fate.reply
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
    for (const each of decided) this.#stop(each)
    const onDisk = decided.filter(each => each.verdict.action === 'quarantine' && each.mailbox === undefined)
    const onward = decided.filter(each => survives(each.verdict) || each.mailbox !== undefined)
    if (onDisk.length === 0) await this.#deliver(message, onward)
    else await Promise.all([this.#quarantine(message, onDisk), this.#deliver(message, onward)])
  }

  async #decide(message: Message, accepted: readonly Recipient[]): Promise<readonly Decided[]> {
    const travellers = accepted.map(recipient => this.#traveller(recipient))
    const subject = { message, sender: this.#sender, recipients: accepted, client: this.#client, transaction: this.#id }
    const { judged, evidence } = await verdictsFor(travellers, this.#parts.sources, subject)
    if (this.#parts.decisions !== undefined) {
      const recipients = judged.map(({ recipient, policy, verdict }) => ({
        recipient,
        profile: policy.profile,
        verdict,
      }))
      const known = new Map<string, Evidence>()
      for (const { profile } of recipients) if (!known.has(profile)) known.set(profile, evidence(profile))
      this.#takeDown('end of data', recipients, known)
    }
    return judged.map(each => this.#destined(each))
  }

  /** For whoever asks why, afterwards. */
  #takeDown(stage: Decision['stage'], recipients: Decision['recipients'], evidence: Decision['evidence']): void {
    this.#parts.decisions?.record({
      id: this.#id,
      begun: this.#begun,
      sender: this.#sender,
      client: this.#client,
      stage,
      recipients,
      evidence,
    })
  }

  #traveller(recipient: Recipient): Traveller {
    const traveller = this.#travellers.get(recipient)
    if (traveller === undefined) throw new Error('accepted, but not by us')
    return traveller
  }

  #destined({ recipient, policy, slot, verdict, evidence }: Judged): Decided {
    const pattern = verdict.keeping?.mailbox
    const mailbox =
      pattern === undefined ? undefined : mailboxPath(pattern, recipient.path, this.#parts.recipientDelimiter)
    const downstream = this.#downstreams.to(policy.nextHop?.value)
    return { recipient, policy, slot, verdict, evidence, downstream, mailbox }
  }

  /** Verdicts that need nobody else. */
  #stop({ recipient, slot, verdict }: Decided): void {
    const { action, code } = verdict
    if (action !== 'reject' && action !== 'defer' && action !== 'discard') return
    this.#settle(slot, { recipient, verdict, reply: settleRefusal(action, code), stage: 'end of data' })
  }

  async #quarantine(message: Message, decided: readonly Decided[]): Promise<void> {
    const { quarantine, ownFields, name, routes } = this.#parts
    for (const { recipient, policy, slot, verdict, evidence } of decided) {
      const kept = await quarantine.keep({
        message,
        omit: new Set(ownFields),
        sender: this.#sender,
        recipient,
        client: this.#client,
        reason: verdict.because,
        place: verdict.place,
        facts: evidence,
        ...(verdict.keeping === undefined ? {} : { keep: verdict.keeping.keep }),
        transaction: this.#id,
      })
      this.#settle(slot, { recipient, verdict, ...settleQuarantine(kept), stage: 'end of data' })
      const { keeping, because } = verdict
      if (kept.kind !== 'kept' || keeping?.notice !== true) continue
      const about = { name, id: kept.id, message, sender: this.#sender, recipient, date: this.#begun }
      this.#notices ??= this.#newNotices()
      await this.#notices.write({ ...about, keep: keeping.keep, reason: because }, routes.to(policy.nextHop?.value))
    }
  }

  /** One next hop after the other. */
  async #deliver(message: Message, decided: readonly Decided[]): Promise<void> {
    const until = this.#until(this.#receivedAt, () => !this.#isAbandoned)
    for (const downstream of new Set(decided.map(each => each.downstream))) {
      const survivors = decided.filter(each => each.downstream === downstream)
      await this.#deliverGroups(message, survivors, downstream, until)
      downstream.rest()
    }
  }

  /** One group after the other on the connection we hold: waiting for a second one could wait for ourselves. */
  async #deliverGroups(
    message: Message,
    survivors: readonly Decided[],
    downstream: Downstream,
    until: Until,
  ): Promise<void> {
    const { recipientDelimiter, ownFields } = this.#parts
    const has = (field: string): boolean => message.has(field)
    const groups = groupSurvivors(survivors, recipientDelimiter, ownFields, has)
    const deliveries = groups.map(({ recipients, headers, omit }) => {
      const single = recipients.length === 1 ? recipients[0]?.path : undefined
      return { recipients, prefix: headerPrefix(this.#trace(single), headers), message, omit }
    })
    const waiting = groups.map(({ members }) => members.length)
    this.#report.turn()
    await downstream.deliver(deliveries, until, (index, outcome, group) => {
      const each = groups[group]?.members[index]
      if (each === undefined) throw new Error('an outcome for nobody')
      const { recipient, slot, verdict, mailbox } = each
      const { reply, cause, inDoubt } = mailbox === undefined ? settleOutcome(outcome) : settleMailbox(outcome)
      const { relay } = downstream
      this.#settle(slot, { recipient, verdict, reply, cause, inDoubt, stage: stageOf(outcome, 'end of data'), relay })
      waiting[group] = (waiting[group] ?? 0) - 1
      if (waiting[group] === 0) this.#report.turn()
    })
  }

  #trace(forPath: string | undefined): Trace {
    return { by: this.#parts.name, peer: this.#peer, id: this.#id, forPath, date: this.#begun }
  }

  #until(begin: number, isWanted?: () => boolean): Until {
    return { start: begin + this.#parts.deadline, end: begin + giveUpAfter, isWanted }
  }

  #newNotices(): Notices {
    return new Notices({
      trace: path => this.#trace(path),
      until: () => this.#until(this.#parts.clock.now()),
      report: this.#report,
      unsent: this.#parts.unsentNotices,
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

const noEvidence: Decision['evidence'] = new Map()

const brokenPolicy = {
  action: 'defer',
  because: { step: 'broken policy', words: 'file cannot be used' },
  place: 'built in',
} as const

function survives(verdict: Verdict): boolean {
  return verdict.action === 'deliver' || verdict.action === 'junk'
}

/** `asked`: where it stands if the next hop had no part in it. */
function stageOf(outcome: Outcome, asked: Stage): Stage {
  return 'at' in outcome ? outcome.at : asked
}
