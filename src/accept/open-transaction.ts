/** A transaction from MAIL to its last reply: who was accepted, and how far the message has come in. */
import type { Reply } from '../reply.ts'
import { Ledger } from '../settle/ledger.ts'
import { said, unfit } from '../settle/sentences.ts'
import type { Recipient, Sender } from '../transaction.ts'
import { unused } from './input.ts'
import type { Taken } from './input.ts'
import { Intake } from './intake.ts'
import type { Visit } from './receiver.ts'
import type { ReplyQueue } from './reply-queue.ts'
import type { Spool } from './spool.ts'

export type TransactionOptions = {
  readonly spool: Spool
  /** Recipients in one transaction, at most. */
  readonly recipients: number
  readonly strayNewlines: 'normalize' | 'reject'
  /** Something threw: a bug, for the log. The client is told 451. */
  readonly onBug: (error: unknown) => void
}

/** A slot for each RCPT, in order, whatever the order of the answers. */
type Slot = { readonly recipient: Recipient; phase: 'asked' | 'accepted' | 'refused' }

/** RCPTs in one transaction, refused ones too. */
const maxAttempts = 100_000

export class OpenTransaction {
  readonly sender: Sender
  readonly #visit: Visit
  readonly #replies: ReplyQueue
  readonly #options: TransactionOptions
  readonly #slots: Slot[] = []
  /** Slots that are accepted or may yet be. */
  #taken = 0
  #intake: Intake | undefined
  /** A chunk was refused: so are all further ones until RSET (RFC 3030 §4.2). */
  #isSpoilt = false
  #isAbandoned = false
  /** The message is the visit's: it discards it. */
  #isHandedOver = false

  constructor(sender: Sender, visit: Visit, replies: ReplyQueue, options: TransactionOptions) {
    this.sender = sender
    this.#visit = visit
    this.#replies = replies
    this.#options = options
  }

  /** The message has begun to come in: no more RCPT, no other form. */
  get hasContent(): boolean {
    return this.#intake !== undefined || this.#isSpoilt
  }

  get hasAccepted(): boolean {
    return this.#slots.some(({ phase }) => phase === 'accepted')
  }

  /** The disk cannot keep up: the client has to wait until `whenWritable`. */
  get isFull(): boolean {
    return this.#intake?.isFull ?? false
  }

  whenWritable(task: () => void): void {
    this.#intake?.whenWritable(task)
  }

  /** undefined: the reply comes when the visit has it. */
  rcpt(recipient: Recipient): Reply | undefined {
    if (this.hasContent) return said.chunksBegun
    if (this.#taken >= this.#options.recipients || this.#slots.length >= maxAttempts) return said.tooManyRecipients
    const slot: Slot = { recipient, phase: 'asked' }
    this.#slots.push(slot)
    this.#taken += 1
    this.#ask(slot, this.#replies.reserve())
    return undefined
  }

  startData(): void {
    this.#intake = this.#newIntake('DATA')
  }

  /** A reply: the chunk is only to be read over. */
  startChunk(): Reply | undefined {
    if (this.#isSpoilt) return said.chunkFailed
    if (!this.hasAccepted) {
      this.#isSpoilt = true
      return said.noRecipients
    }
    this.#intake ??= this.#newIntake('BDAT')
    this.#intake.addChunk()
    return undefined
  }

  write(bytes: Buffer): Taken {
    return this.#intake?.write(bytes) ?? unused(bytes)
  }

  /** Trouble with the message is told at once; what follows is refused. */
  endChunk(): Reply {
    const failed = this.#intake?.failed
    if (failed === undefined) return said.chunkTaken
    this.#isSpoilt = true
    return unfit[failed]
  }

  /** From here on the visit owes one reply per accepted recipient; `onSettled` is called behind the last. */
  endMessage(onSettled: () => void): void {
    const accepted = this.#slots.filter(({ phase }) => phase === 'accepted').map(({ recipient }) => recipient)
    const ledger = new Ledger(accepted.length, reply => this.#replies.push(reply), onSettled)
    this.#handOver(accepted, ledger).catch((error: unknown) => {
      this.#options.onBug(error)
      ledger.settleRest(said.bug)
    })
  }

  /** It never was (RFC 5321 §4.1.1.5), or nobody waits for its replies any more. */
  abandon(): void {
    this.#isAbandoned = true
    if (!this.#isHandedOver) this.#intake?.discard()
    this.#visit.abandon()
  }

  #ask(slot: Slot, send: (reply: Reply) => void): void {
    const answer = (reply: Reply) => {
      if (slot.phase !== 'asked') return
      slot.phase = reply.code < 300 ? 'accepted' : 'refused'
      if (slot.phase === 'refused') this.#taken -= 1
      send(reply)
    }
    try {
      this.#visit.rcpt(slot.recipient, answer)
    } catch (error) {
      this.#options.onBug(error)
      answer(said.bug)
    }
  }

  async #handOver(accepted: readonly Recipient[], ledger: Ledger): Promise<void> {
    if (this.#intake === undefined) throw new Error('end of a message that never began')
    const message = await this.#intake.end()
    if (this.#isAbandoned) {
      if (typeof message !== 'string') message.discard()
      return
    }
    this.#isHandedOver = true
    this.#visit.receive(message, accepted, ledger)
  }

  #newIntake(form: 'DATA' | 'BDAT'): Intake {
    const { spool, strayNewlines } = this.#options
    return new Intake(form, spool.receive(this.#visit.omittable()), strayNewlines)
  }
}
