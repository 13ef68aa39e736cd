/** One LMTP transaction with the next hop as plain state: commands out, replies in. It knows no socket and no clock. */
import { replyClass, replyText, type Reply } from '../reply.ts'
import type { Recipient, Sender } from '../transaction.ts'
import type { Capabilities } from './capabilities.ts'
import { CommandQueue } from './command-queue.ts'
import { hindrance, mailCommand, rcptCommand } from './commands.ts'
import type { Outcome, Stage } from './outcome.ts'
import { Roster, type Slot, type Tell, type TellFinal } from './roster.ts'

type Step =
  { readonly stage: 'RSET' | 'MAIL' | 'DATA' } | { readonly stage: 'RCPT' | 'end of data'; readonly slot: Slot }

/**
 * `open`: recipients may follow. `complete`: every final reply is there, the connection is as good as new. `refused`: DATA was refused, so RSET
 * is due. `failed`: the connection is good for nothing more.
 */
type State = 'open' | 'message' | 'finals' | 'complete' | 'refused' | 'failed'

/**
 * rcpt* (MAIL goes before the first), then data once nothing is awaited, or at once if it `canPipelineData`; `take` gives what is to be written,
 * `receive` gets each reply. When `framing` is set the message is due: the caller sends it whole and calls `sent` just before its last octet. Whatever
 * does not fit ends the conversation as failed, and its connection must be closed: it is never resynchronised.
 */
export class Conversation {
  #state: State = 'open'
  #framing: 'DATA' | 'BDAT' | undefined
  #cause = ''
  #dismissedBy: Reply | undefined
  #isMailed = false
  #isDataAnswered = false
  #isInStep = false
  #answerForAll: Outcome | undefined
  readonly #queue: CommandQueue<Step>
  readonly #roster = new Roster()
  readonly #sender: Sender
  readonly #capabilities: Capabilities
  /** DATA left before all that goes before it was answered. */
  #isAhead = false

  /** `reset`: the connection's last transaction was abandoned, so RSET goes first. */
  constructor(sender: Sender, capabilities: Capabilities, reset: boolean) {
    this.#sender = sender
    this.#capabilities = capabilities
    this.#queue = new CommandQueue(capabilities.pipelining)
    if (reset) this.#queue.command('RSET\r\n', { stage: 'RSET' })
  }

  get state(): State {
    return this.#state
  }

  /** Nothing more will be sent or received. */
  get isOver(): boolean {
    return this.#state === 'complete' || this.#state === 'refused' || this.#state === 'failed'
  }

  /** Why it failed; `dismissed`: the next hop said that it closes (421), so nothing was wrong. */
  get failure(): { readonly cause: string; readonly dismissed: boolean } {
    return { cause: this.#cause, dismissed: this.#dismissedBy !== undefined }
  }

  /** What the next reply is for; undefined if none is awaited. */
  get awaiting(): Step['stage'] | undefined {
    return this.#queue.next?.stage
  }

  /** Something came where the reply to DATA was due: no reply before it is missing. */
  get isDataAnswered(): boolean {
    return this.#isDataAnswered
  }

  /** There are as many replies as commands up to here, or up to the message, and that to DATA fits. Without PIPELINING each reply is for the one command that is out. */
  get isInStep(): boolean {
    if (this.#isInStep || this.#state !== 'open' || !this.#isMailed) return this.#isInStep
    return this.awaiting === undefined || !this.#capabilities.pipelining
  }

  /** The message is due, in this framing; the BDAT command itself comes from `take`. */
  get framing(): 'DATA' | 'BDAT' | undefined {
    return this.#state === 'message' ? this.#framing : undefined
  }

  /**
   * DATA may leave with the RCPTs, as the last command of their packet (RFC 2920 §3.1). BDAT may not: the message would be behind it, for nobody
   * perhaps, and all sent before anything is known.
   */
  get canPipelineData(): boolean {
    const { pipelining, chunking } = this.#capabilities
    return pipelining && !chunking && this.#state === 'open' && this.#framing === undefined && this.#roster.isAnyOffered
  }

  /**
   * The commands of another transaction may go along behind the message (RFC 2920 §3.1), but only if it is for one recipient and nobody was refused: next
   * hops are known that give refused ones a final reply too, and Cyrus says once for all that a message is too big.
   */
  get mayBeFollowed(): boolean {
    const { pipelining, chunking } = this.#capabilities
    return pipelining && !chunking && this.#state === 'finals' && this.#roster.isForOne
  }

  /** Whom the next hop accepted at RCPT, in the order of its final replies. */
  get accepted(): readonly Slot[] {
    return this.#roster.accepted
  }

  /** Commands to be written now, latin1. */
  take(): string {
    return this.#queue.take()
  }

  /** Offers a recipient; `tell` gets the answer at RCPT, once: a refusal when it `stands`. */
  rcpt(recipient: Recipient, path: string, tell: Tell): void {
    if (this.#answerForAll !== undefined)
      return this.isOver ? tell(this.#answerForAll) : this.#roster.refuse(tell, this.#answerForAll)
    const instead = hindrance(this.#sender, recipient, path, this.#capabilities)
    if (instead !== undefined) return tell(instead)
    const slot = this.#roster.add(recipient, path, tell)
    if (!this.#isMailed) this.#queue.command(mailCommand(this.#sender, this.#capabilities), { stage: 'MAIL' })
    this.#isMailed = true
    this.#queue.command(rcptCommand(recipient, path, this.#capabilities), { stage: 'RCPT', slot })
  }

  /**
   * The message of `size` octets comes next. `final` gets one outcome for each of `accepted`, by its position there. Throws unless the
   * conversation is open and quiet and has an accepted recipient, or `canPipelineData`.
   */
  data(size: number, final: TellFinal): void {
    const isTurn = this.#state === 'open' && this.awaiting === undefined && this.accepted.length > 0
    if (!isTurn && !this.canPipelineData) throw new Error('DATA out of turn')
    this.#isAhead = !isTurn
    this.#roster.awaitFinals(final)
    this.#framing = this.#capabilities.chunking ? 'BDAT' : 'DATA'
    if (this.#framing === 'DATA') return this.#queue.command('DATA\r\n', { stage: 'DATA' })
    this.#queue.write(`BDAT ${size} LAST\r\n`)
    this.#state = 'message'
  }

  /** The last octet of the message is about to leave: from now on silence is doubt. */
  sent(): void {
    if (this.#state !== 'message') return
    this.#state = 'finals'
    for (const slot of this.accepted) this.#queue.expect({ stage: 'end of data', slot })
  }

  receive(reply: Reply): void {
    if (this.isOver) return
    const step = this.#queue.next
    if (reply.code === 421) return this.#dismissed(reply, step)
    if (step === undefined || this.#queue.isReplyEarly) return this.#surplus(reply)
    if (step.stage === 'DATA') this.#isDataAnswered = true
    const asked = step.stage === 'DATA' && this.accepted.length === 0 ? 'DATA for nobody' : step.stage
    if (!this.#take(step, reply)) return this.fail(`out of step: ${replyText(reply, 80)} to ${asked}`)
    this.#queue.answered()
    if (this.#state === 'finals' && this.#queue.length === 0) this.#state = 'complete'
  }

  /**
   * Refusals are told as they were heard. The caller says so when all replies are there that were awaited, and none too many: a next hop that keeps one
   * back, or gives one too many, would have each behind it taken for that to another recipient.
   */
  stand(): void {
    this.#roster.tellRefusals()
  }

  /** Replies are missing, or too many: nobody was refused for certain. */
  withdraw(cause: string): void {
    this.#roster.tellRefusals({ kind: 'unanswered', at: 'RCPT', cause })
  }

  /** Nothing more will come. Who was answered stays answered; everybody else is told. */
  fail(cause: string, kind: 'unanswered' | 'ours' = 'unanswered'): void {
    if (!this.isOver) this.#end(cause, kind === 'ours' ? { kind, cause } : { kind, at: this.#stage(), cause })
  }

  /** The message is not sent after all, and the connection is to be closed. */
  abandon(outcome: Outcome): void {
    if (!this.isOver) this.#end('not sent', outcome)
  }

  /** No reply is due, or the command whose reply it would be has not left: there was one too many, here or before. */
  #surplus(reply: Reply): void {
    this.#isInStep = false
    this.fail(`out of step: unexpected reply ${replyText(reply, 80)}`)
  }

  /** Whether the reply may stand here at all; if so it is taken. */
  #take(step: Step, reply: Reply): boolean {
    const kind = replyClass(reply)
    if (step.stage === 'DATA') return this.#takeData(reply)
    if (kind === 'intermediate') return false
    switch (step.stage) {
      case 'RSET':
        return kind === 'positive'
      case 'MAIL':
        if (kind !== 'positive') this.#refused({ kind: 'answered', at: 'MAIL', reply })
        return true
      case 'RCPT':
        // Behind a refused MAIL nobody is taken: that refusal was for something else.
        if (kind === 'positive' && this.#answerForAll !== undefined) return false
        this.#roster.answer(step.slot, reply)
        return true
      case 'end of data':
        this.#roster.finish(this.accepted.length - this.#queue.length, { kind: 'answered', at: step.stage, reply })
        return true
    }
  }

  /** The answer to MAIL is the answer for all its recipients; replies to RCPTs that are out already are still awaited. */
  #refused(outcome: Outcome): void {
    this.#answerForAll = outcome
    this.#queue.dropHeld()
    this.#roster.refuseOffered(outcome)
  }

  /**
   * 354, or a refusal that is the answer for all who were accepted. 354 for nobody fits nothing: there is no message for nobody. If DATA went along with the
   * RCPTs, a refusal of those accepted may be that of a RCPT, if there was a reply too many: what it is shows when DATA waits for the replies.
   */
  #takeData(reply: Reply): boolean {
    const isForNobody = this.accepted.length === 0
    if (reply.code !== 354 && (reply.code < 400 || (this.#isAhead && !isForNobody))) return false
    this.#isInStep = true
    if (reply.code === 354 && isForNobody) return false
    this.#state = reply.code === 354 ? 'message' : 'refused'
    if (this.#state === 'refused') this.#roster.finishRest({ kind: 'answered', at: 'DATA', reply })
    return true
  }

  /**
   * 421: the next hop closes. That answers everybody; but once the message is out, only the one whose reply was due, and at RCPT, only those who were not
   * accepted already.
   */
  #dismissed(reply: Reply, step: Step | undefined): void {
    const cause = `closing: ${replyText(reply, 200)}`
    const at = this.#stage()
    const answer: Outcome = { kind: 'answered', at, reply }
    this.#dismissedBy = reply
    if (this.#state === 'finals' && step !== undefined) this.#take(step, reply)
    const isLate = this.#state === 'finals' || at === 'RCPT'
    this.#end(cause, answer, isLate ? { kind: 'unanswered', at, cause } : answer)
  }

  /** `outcome` for those offered, `final` for those accepted. */
  #end(cause: string, outcome: Outcome, final = outcome): void {
    this.#state = 'failed'
    this.#cause = cause
    this.#answerForAll = outcome
    this.#queue.clear()
    this.#roster.tellOffered(outcome)
    this.#roster.finishRest(final)
  }

  #stage(): Stage {
    const awaiting = this.awaiting
    if (awaiting !== undefined) return awaiting === 'RSET' ? 'MAIL' : awaiting
    return this.#state === 'message' ? 'message' : 'RCPT'
  }
}
