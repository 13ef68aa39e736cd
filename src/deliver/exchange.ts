/** One transaction on one connection: the conversation gets its socket and its clock. */
import type { Clock } from '../clock.ts'
import { replyText, type Reply } from '../reply.ts'
import type { Recipient, Sender } from '../transaction.ts'
import type { Closed, Connection, ConnectionUser } from './connection.ts'
import { Conversation } from './conversation.ts'
import type { Outcome } from './outcome.ts'
import type { Tell, TellFinal } from './roster.ts'
import { parcelSize, transfer, type Parcel } from './transfer.ts'
import { replyTimes } from './watchdog.ts'

/** Moments of `Clock.now()`: the latest to start the message, and the latest to wait for final replies. */
export type Until = {
  readonly start: number
  readonly end: number
  /** False: nobody would hear of it any more, so what has not begun is not begun. Missing: somebody will. */
  readonly isWanted?: (() => boolean) | undefined
}

const blockSeconds = 180

export class Exchange implements ConnectionUser {
  #heard = false
  #lost = false
  #end = Infinity
  #parcel: Parcel | undefined
  #streaming: Promise<void> | undefined
  #waiters: (() => void)[] = []
  readonly connection: Connection
  readonly #reused: boolean
  readonly #conversation: Conversation
  readonly #sender: Sender
  readonly #clock: Clock
  readonly #by: number
  /** What there is to say when the watch ends. */
  #silence = ''
  readonly #giveUp = () => this.connection.close('silent', this.#silence)

  /** `by`: the latest moment for the replies before the message. */
  constructor(connection: Connection, sender: Sender, clock: Clock, by: number) {
    this.#by = by
    this.connection = connection
    this.#sender = sender
    this.#clock = clock
    this.#reused = connection.transactions > 0
    this.#conversation = new Conversation(sender, connection.capabilities, connection.needsReset)
    connection.transactions += 1
    connection.attach(this)
  }

  /** Further recipients may be offered. */
  get isOpen(): boolean {
    return this.connection.isOpen && this.#conversation.state === 'open'
  }

  /** The connection went away by itself, or the next hop said that it closes it. */
  get isLost(): boolean {
    return this.#lost || this.#conversation.failure.dismissed
  }

  /** Lost before any reply on a connection that had served before: it had been dead already. */
  get isStale(): boolean {
    return this.#lost && this.#reused && !this.#heard
  }

  /** No reply is awaited and no byte is on its way, or all is over. */
  get isQuiet(): boolean {
    const conversation = this.#conversation
    return conversation.isOver || (conversation.awaiting === undefined && conversation.framing === undefined)
  }

  /** Whom the next hop accepted, in order. */
  get accepted(): readonly { readonly recipient: Recipient; readonly path: string }[] {
    return this.#conversation.accepted
  }

  /** Offers a recipient; `tell` gets the answer at RCPT, once. */
  rcpt(recipient: Recipient, path: string, tell: Tell): void {
    this.#conversation.rcpt(recipient, path, tell)
    this.#pump()
  }

  /** Resolves when it is quiet. */
  quiet(): Promise<void> {
    if (this.isQuiet) return Promise.resolve()
    return new Promise(resolve => this.#waiters.push(resolve))
  }

  /**
   * Sends the message to all who are accepted; `final` gets one outcome for each by its position in `accepted`. Called at once behind `rcpt`, so that DATA
   * leaves in the same packet where that may be; where not, it waits for the replies.
   */
  async send(parcel: Parcel, until: Until, final: TellFinal): Promise<void> {
    const isAhead = this.#conversation.canPipelineData && this.#hindrance(parcel, until) === undefined
    if (!isAhead) {
      if (!this.isQuiet) await this.quiet()
      const hindrance = this.#hindrance(parcel, until)
      if (hindrance !== undefined) for (const order of this.accepted.keys()) final(order, hindrance)
      if (hindrance !== undefined || this.accepted.length === 0) return
    }
    this.#parcel = parcel
    this.#end = until.end
    this.#conversation.data(parcelSize(parcel), final)
    this.#pump()
    await this.quiet()
    if (this.#streaming !== undefined) await this.#streaming
  }

  receive(replies: readonly Reply[], fault: string | undefined): void {
    for (const reply of replies) {
      if (this.#conversation.isOver) return this.connection.close('out of step', 'out of step: surplus reply')
      if (reply.code === 421 && this.#reused && !this.#heard)
        return this.connection.close('lost', replyText(reply, 200))
      this.#heard = true
      this.#conversation.receive(reply)
    }
    if (fault !== undefined) return this.connection.close('out of step', `out of step: ${fault}`)
    this.#pump()
  }

  closed({ how, cause }: Closed): void {
    this.#lost = how === 'lost'
    this.#conversation.fail(cause, how === 'ours' ? 'ours' : 'unanswered')
    this.#settleDown()
  }

  #pump(): void {
    if (!this.connection.isOpen) return
    if (this.#conversation.state === 'failed') {
      const { cause, dismissed } = this.#conversation.failure
      return this.connection.close(dismissed ? 'lost' : 'out of step', cause)
    }
    if (this.#conversation.framing === undefined) this.#write(this.#conversation.take())
    else this.#streaming ??= this.#stream(this.#conversation.framing)
    this.#watch()
    this.#settleDown()
  }

  #write(commands: string): void {
    if (commands === '') return
    this.connection.needsReset = true
    this.connection.write(commands)
  }

  async #stream(framing: 'DATA' | 'BDAT'): Promise<void> {
    const parcel = this.#parcel
    if (parcel === undefined) return
    const failed = await transfer(
      this.connection,
      parcel,
      framing,
      this.#conversation.take(),
      () => this.#watchUntil(this.#clock.now() + blockSeconds * 1000, `message not taken for ${blockSeconds} s`),
      () => this.#conversation.sent(),
    )
    if (failed !== undefined) this.connection.close('ours', failed)
    this.#streaming = undefined
    this.#watch()
  }

  #watch(): void {
    const awaiting = this.#conversation.awaiting
    if (awaiting === 'end of data' || this.#conversation.framing !== undefined)
      this.#watchUntil(this.#end, 'no reply in time')
    else if (awaiting === undefined) this.connection.unwatch()
    else {
      const { ms, cause } = replyTimes[awaiting]
      this.#watchUntil(this.#clock.now() + ms, cause, awaiting === 'DATA' ? this.#end : this.#by)
    }
  }

  #watchUntil(at: number, cause: string, end = this.#end): void {
    this.#silence = at < end ? cause : 'no reply in time'
    this.connection.watch(Math.min(at, end), this.#giveUp)
  }

  #settleDown(): void {
    if (this.#conversation.state === 'complete' && this.connection.isOpen) {
      this.connection.needsReset = false
      this.connection.detach()
    }
    if (this.#waiters.length === 0 || !this.isQuiet) return
    const waiters = this.#waiters
    this.#waiters = []
    for (const resolve of waiters) resolve()
  }

  #hindrance({ message }: Parcel, until: Until): Outcome | undefined {
    const { smtputf8, eightBitMime } = this.connection.capabilities
    if (!this.isOpen) return { kind: 'unanswered', at: 'RCPT', cause: this.#conversation.failure.cause }
    if (message.eightBit === 'header' && this.#sender.smtputf8 && !smtputf8) return { kind: 'cannot', why: 'smtputf8' }
    if (message.eightBit !== 'none' && !eightBitMime) return { kind: 'cannot', why: '8bitmime' }
    if (until.isWanted?.() === false) return { kind: 'gone' }
    return this.#clock.now() > until.start ? { kind: 'late', cause: 'too late to start' } : undefined
  }
}
