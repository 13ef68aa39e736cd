/** One transaction on one connection: the conversation gets its socket and its clock. */
import type { Clock } from '../clock.ts'
import { replyText, type Reply } from '../reply.ts'
import type { Recipient, Sender } from '../transaction.ts'
import type { Closed, Connection, ConnectionUser } from './connection.ts'
import { Conversation } from './conversation.ts'
import type { Outcome } from './outcome.ts'
import { ReplyWatch } from './reply-watch.ts'
import type { Tell, TellFinal } from './roster.ts'
import { Suspense } from './suspense.ts'
import { parcelSize, transfer, type Parcel } from './transfer.ts'
import { untimely, type Until } from './until.ts'

/**
 * `isForOffers`: the message is not there yet. `by`: the latest moment for the replies before it. `isCareful`: DATA waits for them, since this was sent
 * before, in vain. `before`: whose message is just being sent on this connection.
 */
export type Beginning = {
  readonly isForOffers: boolean
  readonly by: number
  readonly isCareful: boolean
  readonly before?: Exchange
}

export class Exchange implements ConnectionUser {
  #heard = false
  #lost = false
  #silent = false
  /** All replies that were awaited were there, at least once. */
  #wasInStep = false
  #until: Until = { start: Infinity, end: Infinity }
  #parcel: Parcel | undefined
  #streaming: Promise<void> | undefined
  #waiters: (() => void)[] = []
  /** Whose message our commands follow, until its last reply is there. */
  #before: Exchange | undefined
  /** Whose commands follow our message. */
  #behind: Exchange | undefined
  #onSent: (() => void) | undefined
  /** If our commands follow a message: about its final reply. */
  readonly #suspense: Suspense | undefined
  readonly connection: Connection
  readonly #reused: boolean
  readonly #conversation: Conversation
  readonly #sender: Sender
  readonly #clock: Clock
  readonly #isCareful: boolean
  readonly #isForOffers: boolean
  readonly #replyWatch: ReplyWatch

  constructor(connection: Connection, sender: Sender, clock: Clock, { isForOffers, by, isCareful, before }: Beginning) {
    this.#isForOffers = isForOffers
    // Behind a message it takes as long as that does.
    this.#replyWatch = new ReplyWatch(connection, clock, before === undefined ? by : Infinity)
    this.#isCareful = isCareful
    this.#before = before
    this.#suspense = before === undefined ? undefined : new Suspense()
    this.connection = connection
    this.#sender = sender
    this.#clock = clock
    this.#reused = connection.transactions > 0
    this.#conversation = new Conversation(
      sender,
      connection.capabilities,
      before === undefined && connection.needsReset,
    )
    connection.transactions += 1
    if (before === undefined) connection.attach(this)
  }

  /** Further recipients may be offered. */
  get isOpen(): boolean {
    return this.connection.isOpen && this.#conversation.state === 'open'
  }

  /** The connection went away by itself, or the next hop said that it closes it. */
  get isLost(): boolean {
    return this.#lost || this.#conversation.failure.dismissed
  }

  /** What was not sent is worth another try: the connection is lost, or never came into step; one that just said nothing will say nothing again. */
  get isRepeatable(): boolean {
    const isSilent = this.#silent && this.#suspense === undefined
    return this.isLost || (this.#conversation.state === 'failed' && !this.#wasInStep && !isSilent)
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
    this.#believe()
    this.#pump()
  }

  /** Resolves when it is quiet. */
  quiet(): Promise<void> {
    if (this.isQuiet) return Promise.resolve()
    return new Promise(resolve => this.#waiters.push(resolve))
  }

  /**
   * Sends the message to all who are accepted; `final` gets one outcome for each by its position in `accepted`. Called at once behind `rcpt`, so that DATA
   * leaves in the same packet where that may be; where not, it waits for the replies. `onSent` is called where the commands of an exchange behind this one
   * may follow its message in the same packet.
   */
  async send(parcel: Parcel, until: Until, final: TellFinal, onSent?: () => void): Promise<void> {
    const isAhead =
      !this.#isCareful && this.#conversation.canPipelineData && this.#hindrance(parcel, until) === undefined
    if (!isAhead) {
      if (!this.isQuiet) await this.quiet()
      const hindrance = this.#hindrance(parcel, until)
      if (hindrance !== undefined) for (const order of this.accepted.keys()) final(order, hindrance)
      if (hindrance !== undefined || this.accepted.length === 0) return
    }
    this.#parcel = parcel
    this.#until = until
    this.#replyWatch.endsAt(until.end)
    this.#onSent = onSent
    this.#conversation.data(parcelSize(parcel), (order, outcome) => this.#tell(order, outcome, final))
    this.#pump()
    await this.quiet()
    if (this.#streaming !== undefined) await this.#streaming
  }

  receive(replies: readonly Reply[], fault: string | undefined): void {
    let taken = 0
    for (const reply of replies) {
      if (this.#conversation.state === 'failed') break
      if (this.#conversation.isOver) return this.#handOn(replies.slice(taken), fault)
      taken += 1
      if (reply.code === 421 && this.#reused && !this.#heard)
        return this.connection.close('lost', replyText(reply, 200))
      this.#heard = true
      this.#conversation.receive(reply)
    }
    if (fault !== undefined && this.#conversation.state !== 'failed')
      return this.connection.close('out of step', `out of step: ${fault}`)
    this.#believe()
    this.#pump()
  }

  closed(closed: Closed): void {
    const { how, cause } = closed
    this.#lost = how === 'lost'
    this.#silent = how === 'silent'
    this.#conversation.fail(cause, how === 'ours' ? 'ours' : 'unanswered')
    this.#suspense?.outOfStep(cause, this.#lost || this.#conversation.isDataAnswered)
    // Servers are restarted more often than they forget a reply; but a group is sent once more all the same.
    if (this.#lost && this.#isForOffers) this.#conversation.stand()
    else this.#conversation.withdraw(cause)
    this.#settleDown()
    this.#behind?.closed(closed)
  }

  /** What comes behind our last reply is for the exchange behind us. */
  #handOn(replies: readonly Reply[], fault: string | undefined): void {
    const behind = this.#behind
    if (behind === undefined) return this.connection.close('out of step', 'out of step: surplus reply')
    this.#pump()
    behind.receive(replies, fault)
  }

  /** What was heard, if nothing is missing: once all of a packet is taken, since a reply too many comes behind the others. */
  #believe(): void {
    if (!this.#conversation.isInStep) return
    this.#wasInStep = true
    this.#suspense?.inStep()
    this.#conversation.stand()
  }

  #takeOver(): void {
    this.#before = undefined
    this.connection.needsReset = true
    this.connection.attach(this)
    this.#watch()
  }

  #tell(order: number, outcome: Outcome, final: TellFinal): void {
    const suspense = this.#behind === undefined || outcome.kind !== 'answered' ? undefined : this.#behind.#suspense
    if (suspense === undefined) final(order, outcome)
    else suspense.hold(outcome, believed => final(order, believed))
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
    if (this.#before !== undefined) this.#before.#behind = this
    this.connection.needsReset = true
    this.connection.write(commands)
  }

  async #stream(framing: 'DATA' | 'BDAT'): Promise<void> {
    const parcel = this.#parcel
    if (parcel === undefined) return
    // Since our commands left, another message was on its way.
    const hindrance = this.#suspense === undefined ? undefined : untimely(this.#until, this.#clock.now())
    if (hindrance !== undefined) {
      // Behind 354 there is no other way back.
      this.#conversation.abandon(hindrance)
      this.connection.close('ours', 'not sent')
      return
    }
    const failed = await transfer(
      this.connection,
      parcel,
      framing,
      this.#conversation.take(),
      () => this.#replyWatch.blocked(),
      () => this.#sent(),
    )
    if (failed !== undefined) this.connection.close('ours', failed)
    this.#streaming = undefined
    if (!this.#conversation.isOver) this.#watch()
  }

  #sent(): void {
    this.#conversation.sent()
    if (this.#conversation.mayBeFollowed) this.#onSent?.()
  }

  #watch(): void {
    if (this.#before !== undefined) return
    const { awaiting, framing } = this.#conversation
    if (awaiting === 'end of data' || framing !== undefined) this.#replyWatch.finalReply()
    else this.#replyWatch.reply(awaiting)
  }

  #settleDown(): void {
    if (this.#conversation.state === 'complete' && this.connection.isOpen) {
      this.connection.needsReset = false
      this.connection.detach()
      if (this.#behind !== undefined) this.#behind.#takeOver()
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
    return untimely(until, this.#clock.now())
  }
}
