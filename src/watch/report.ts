/** What one transaction has to report: a log line for each recipient whose fate is certain, with the time each stage took. */
import { originalRecipient } from '../address.ts'
import type { Clock } from '../clock.ts'
import type { Verdict } from '../decide/verdict.ts'
import type { Stage } from '../deliver/outcome.ts'
import { replyText } from '../reply.ts'
import type { Reply } from '../reply.ts'
import type { Recipient, Transaction } from '../transaction.ts'
import type { Log } from './log.ts'

/** `verdict` undefined: there was none yet, or never one. `relay`: the next hop's connection, if it was asked. */
export type Fate = {
  readonly recipient: Recipient
  readonly verdict: Pick<Verdict, 'action' | 'because' | 'place' | 'shadow'> | undefined
  readonly reply: Reply
  readonly stage: Stage
  readonly relay?: string | undefined
  readonly cause?: string | undefined
  readonly inDoubt?: boolean
}

const noVerdict = { action: 'deliver', because: { step: 'default', words: '' }, place: 'built in' } as const

export class Report {
  readonly #log: Log
  readonly #clock: Clock
  readonly #transaction: Transaction
  readonly #begun: number
  #received: number | undefined
  #decided: number | undefined
  #turn: number | undefined

  constructor(log: Log, clock: Clock, transaction: Transaction) {
    this.#log = log
    this.#clock = clock
    this.#transaction = transaction
    this.#begun = clock.now()
  }

  /** The whole message is here. */
  received(): void {
    this.#received = this.#clock.now()
  }

  /** The verdicts are known. */
  decided(): void {
    this.#decided = this.#clock.now()
  }

  /** A delivery group has its turn. */
  turn(): void {
    this.#turn = this.#clock.now()
  }

  settled(fate: Fate): void {
    const { id, sender, client } = this.#transaction
    const { recipient, reply, stage, relay, cause, inDoubt = false } = fate
    const { action, because, place, shadow }: NonNullable<Fate['verdict']> = fate.verdict ?? noVerdict
    const now = this.#clock.now()
    const received = this.#received ?? now
    const decided = this.#decided ?? received
    const turn = Math.max(this.#turn ?? decided, decided)
    this.#log.recipient({
      id,
      queueId: client?.ident,
      from: sender.path,
      to: recipient.path,
      originalTo: original(recipient),
      relay,
      delays: {
        receive: received - this.#begun,
        decide: decided - received,
        wait: turn - decided,
        deliver: now - turn,
      },
      stage,
      reply,
      action,
      because,
      place,
      shadow,
      cause,
      inDoubt,
    })
  }

  /** A notice of something kept back did not reach its recipient. */
  noNotice(recipient: Recipient, reply: Reply): void {
    this.#log.event('warning', 'notice not delivered', {
      transaction: this.#transaction.id,
      to: recipient.path,
      cause: replyText(reply),
    })
  }

  /** So often somebody was to get a second reply, which he did not. */
  surplus(times: number): void {
    this.#log.event('error', 'settled twice', { transaction: this.#transaction.id, times })
  }

  bug(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#log.event('error', 'bug', { transaction: this.#transaction.id, error: text })
  }
}

function original(recipient: Recipient): string | undefined {
  const address = originalRecipient(recipient.params)
  return address === undefined ? undefined : `${address.local}@${address.domain}`
}
