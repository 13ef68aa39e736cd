/** The notices of one transaction: written when a message is kept back, sent when the transaction needs no connection any more. */
import { settleOutcome } from '../../settle/settle.ts'
import { nothing } from '../../transaction.ts'
import type { Message, Recipient, Sender } from '../../transaction.ts'
import type { Report } from '../../watch/report.ts'
import type { NextHop } from '../next-hop.ts'
import { headerPrefix } from '../prefix.ts'
import type { Trace } from '../prefix.ts'
import type { Until } from '../until.ts'
import { noticeOf } from './notice.ts'
import type { Noticed } from './notice.ts'
import type { UnsentNotices } from './unsent-notices.ts'

/** `trace`: what stands on top of what is sent to this path; `until`: the times of a delivery that begins now; `unsent` counts us in. */
type NoticesOptions = {
  readonly trace: (path: string) => Trace
  readonly until: () => Until
  readonly report: Pick<Report, 'noNotice' | 'bug'>
  readonly unsent: UnsentNotices
}

type Notice = {
  readonly sender: Sender
  readonly message: Message
  readonly recipient: Recipient
  readonly nextHop: NextHop
}

export class Notices {
  readonly #options: NoticesOptions
  readonly #written: Notice[] = []

  constructor(options: NoticesOptions) {
    this.#options = options
    options.unsent.begin()
  }

  /** Never rejects: a notice that cannot be written is reported, and the message is kept all the same. */
  async write(kept: Noticed, nextHop: NextHop): Promise<void> {
    try {
      const { sender, message } = await noticeOf(kept)
      this.#written.push({ sender, message, recipient: kept.recipient, nextHop })
    } catch (error) {
      this.#options.report.bug(error)
    }
  }

  /** To the recipients themselves, one after the other, once. */
  async send(): Promise<void> {
    try {
      const until = this.#options.until()
      for (const notice of this.#written) await this.#sendOne(notice, until)
    } finally {
      this.#options.unsent.end()
    }
  }

  async #sendOne({ sender, message, recipient, nextHop }: Notice, until: Until): Promise<void> {
    const { trace, report } = this.#options
    const downstream = nextHop.begin(sender)
    const group = {
      recipients: [{ recipient: { path: recipient.path, params: [] }, path: recipient.path }],
      prefix: headerPrefix(trace(recipient.path), []),
      message,
      omit: nothing,
    }
    await downstream.deliver([group], until, (_, outcome) => {
      const { reply } = settleOutcome(outcome)
      if (reply.code >= 300) report.noNotice(recipient, reply)
    })
    downstream.release()
  }
}
