/** How long one exchange waits for what is due on its connection; then the connection is closed, and the reason says what did not come. */
import type { Clock } from '../clock.ts'
import type { Connection } from './connection.ts'

/** For the replies before the message (RFC 5321 §4.5.3.2). */
const replyTimes = {
  RSET: replyTime('RSET', 60),
  MAIL: replyTime('MAIL', 60),
  RCPT: replyTime('RCPT', 60),
  DATA: replyTime('DATA', 120),
}

/** For some of the message to be taken. */
const blockSeconds = 180

export class ReplyWatch {
  #silence = ''
  /** The latest moment for the final replies. */
  #end = Infinity
  readonly #connection: Connection
  readonly #clock: Clock
  readonly #by: number
  readonly #giveUp = () => this.#connection.close('silent', this.#silence)

  /** `by`: the latest moment for the replies before that to DATA. */
  constructor(connection: Connection, clock: Clock, by: number) {
    this.#connection = connection
    this.#clock = clock
    this.#by = by
  }

  /** The message is to be sent, and answered until the moment `end`. */
  endsAt(end: number): void {
    this.#end = end
  }

  /** `awaiting`: what the next reply is for; undefined: none is awaited. */
  reply(awaiting: keyof typeof replyTimes | undefined): void {
    if (awaiting === undefined) return this.#connection.unwatch()
    const { ms, cause } = replyTimes[awaiting]
    this.#watchUntil(this.#clock.now() + ms, cause, awaiting === 'DATA' ? this.#end : Math.min(this.#by, this.#end))
  }

  /** The message is on its way, or all of it is out. */
  finalReply(): void {
    this.#watchUntil(this.#end, 'no reply in time')
  }

  /** The next hop does not take more of the message for now. */
  blocked(): void {
    this.#watchUntil(this.#clock.now() + blockSeconds * 1000, `message not taken for ${blockSeconds} s`)
  }

  #watchUntil(at: number, cause: string, end = this.#end): void {
    this.#silence = at < end ? cause : 'no reply in time'
    this.#connection.watch(Math.min(at, end), this.#giveUp)
  }
}

function replyTime(command: string, seconds: number): { readonly ms: number; readonly cause: string } {
  return { ms: seconds * 1000, cause: `no reply to ${command} for ${seconds} s` }
}
