/** The notices of one transaction: written when a message is kept back, sent when the transaction needs no connection any more. */
import type { Clock } from '../../clock.ts'
import { settleOutcome } from '../../settle/settle.ts'
import { nothing } from '../../transaction.ts'
import type { Message, Recipient, Sender, Transaction } from '../../transaction.ts'
import type { Report } from '../../watch/report.ts'
import type { NextHop } from '../next-hop.ts'
import { headerPrefix, traceOf } from '../prefix.ts'
import { untilFrom } from '../until.ts'
import type { Until } from '../until.ts'
import { noticeOf } from './notice.ts'
import type { Noticed } from './notice.ts'
import type { UnsentNotices } from './unsent-notices.ts'

/** `name`: our host name; `deadline`: how long (ms) a notice may still be started; `unsentNotices` counts us in. */
type NoticesParts = {
  readonly name: string
  readonly clock: Clock
  readonly deadline: number
  readonly unsentNotices: UnsentNotices
}

type Notice = {
  readonly sender: Sender
  readonly message: Message
  readonly recipient: Recipient
  readonly nextHop: NextHop
}

export class Notices {
  readonly #parts: NoticesParts
  readonly #transaction: Transaction
  readonly #report: Pick<Report, 'noNotice' | 'bug'>
  readonly #written: Notice[] = []

  constructor(parts: NoticesParts, transaction: Transaction, report: Pick<Report, 'noNotice' | 'bug'>) {
    this.#parts = parts
    this.#transaction = transaction
    this.#report = report
    parts.unsentNotices.begin()
  }

  /** Never rejects: a notice that cannot be written is reported, and the message is kept all the same. */
  async write(kept: Noticed, nextHop: NextHop): Promise<void> {
    try {
      const { sender, message } = await noticeOf(kept)
      this.#written.push({ sender, message, recipient: kept.recipient, nextHop })
    } catch (error) {
      this.#report.bug(error)
    }
  }

  /** To the recipients themselves, one after the other, once. */
  async send(): Promise<void> {
    const { clock, deadline, unsentNotices } = this.#parts
    try {
      const until = untilFrom(clock.now(), deadline)
      for (const notice of this.#written) await this.#sendOne(notice, until)
    } finally {
      unsentNotices.end()
    }
  }

  async #sendOne({ sender, message, recipient, nextHop }: Notice, until: Until): Promise<void> {
    const trace = traceOf(this.#transaction, this.#parts.name, recipient.path)
    const downstream = nextHop.begin(sender)
    const group = {
      recipients: [{ recipient: { path: recipient.path, params: [] }, path: recipient.path }],
      prefix: headerPrefix(trace, []),
      message,
      omit: nothing,
    }
    await downstream.deliver([group], until, (_, outcome) => {
      const { reply } = settleOutcome(outcome)
      if (reply.code >= 300) this.#report.noNotice(recipient, reply)
    })
    downstream.release()
  }
}
