/** The notices of one transaction: written when a message is kept back, sent when the transaction needs no connection any more. */
import { settleOutcome } from '../../settle/settle.ts'
import { nothing } from '../../transaction.ts'
import type { Message, Recipient, Sender } from '../../transaction.ts'
import type { Report } from '../../watch/report.ts'
import type { Until } from '../exchange.ts'
import type { NextHop } from '../next-hop.ts'
import { headerPrefix } from '../prefix.ts'
import type { Trace } from '../prefix.ts'
import { noticeOf } from './notice.ts'
import type { Noticed } from './notice.ts'

/** `trace`: what stands on top of what is sent to this path; `until`: the times of a delivery that begins now. */
type NoticesOptions = {
  readonly trace: (path: string) => Trace
  readonly until: () => Until
  readonly report: Pick<Report, 'noNotice' | 'bug'>
}

type Notice = {
  readonly sender: Sender
  readonly message: Message
  readonly recipient: Recipient
  readonly nextHop: NextHop
}

export class Notices {
  readonly #options: NoticesOptions
  #written: Notice[] = []

  constructor(options: NoticesOptions) {
    this.#options = options
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

  /** To the recipients themselves, one after the other. */
  async send(): Promise<void> {
    const { trace, until, report } = this.#options
    const written = this.#written
    this.#written = []
    for (const { sender, message, recipient, nextHop } of written) {
      const downstream = nextHop.begin(sender)
      const group = {
        recipients: [{ recipient: { path: recipient.path, params: [] }, path: recipient.path }],
        prefix: headerPrefix(trace(recipient.path), []),
        message,
        omit: nothing,
      }
      await downstream.deliver(group, until(), (_, outcome) => {
        const { reply } = settleOutcome(outcome)
        if (reply.code >= 300) report.noNotice(recipient, reply)
      })
      downstream.release()
    }
  }
}
