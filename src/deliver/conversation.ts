/** One LMTP transaction with the next hop as plain state: commands out, replies in. It knows no socket and no clock. */
import { replyClass, replyText, type Reply } from '../reply.ts'
import type { Recipient, Sender } from '../transaction.ts'
import type { Capabilities } from './capabilities.ts'
import { isAscii, isWritable, mailCommand, rcptCommand } from './commands.ts'
import type { Outcome, Stage } from './outcome.ts'

export type Tell = (outcome: Outcome) => void

type Slot = {
  readonly recipient: Recipient
  readonly path: string
  readonly tell: Tell
  phase: 'offered' | 'accepted' | 'answered'
}
type Awaited =
  { readonly stage: 'RSET' | 'MAIL' | 'DATA' } | { readonly stage: 'RCPT' | 'end of data'; readonly slot: Slot }
type Command = { readonly text: string; readonly awaited: Awaited }

/**
 * rcpt* (MAIL goes before the first), then data once nothing is awaited; `take` gives what is to be written, `receive` gets each reply. When
 * `framing` is set the message is due: the caller sends it whole and calls `sent` just before its last octet. Whatever does not fit ends the
 * conversation as failed, and its connection must be closed: it is never resynchronised.
 */
export class Conversation {
  #state: 'open' | 'message' | 'finals' | 'complete' | 'refused' | 'failed' = 'open'
  #framing: 'DATA' | 'BDAT' | undefined
  #cause = ''
  #dismissed = false
  #out = ''
  #mailed = false
  #refusal: Outcome | undefined
  #final: (order: number, outcome: Outcome) => void = () => undefined
  readonly #held: Command[] = []
  readonly #awaited: Awaited[] = [] // replies come in the order of the commands (RFC 2920 §3.1)
  readonly #slots: Slot[] = []
  readonly #accepted: Slot[] = []
  readonly #sender: Sender
  readonly #capabilities: Capabilities

  /** `reset`: the connection's last transaction was abandoned, so RSET goes first. */
  constructor(sender: Sender, capabilities: Capabilities, reset: boolean) {
    this.#sender = sender
    this.#capabilities = capabilities
    if (reset) this.#command('RSET\r\n', { stage: 'RSET' })
  }

  /** Further recipients may follow. */
  get isOpen(): boolean {
    return this.#state === 'open'
  }

  /** Every final reply is there: the connection is as good as new. */
  get isComplete(): boolean {
    return this.#state === 'complete'
  }

  get isFailed(): boolean {
    return this.#state === 'failed'
  }

  /** Nothing more will be sent or received: complete, failed, or DATA was refused (then RSET is due). */
  get isOver(): boolean {
    return this.#state === 'complete' || this.#state === 'refused' || this.#state === 'failed'
  }

  /** It failed because the next hop said that it closes (421), not because something was wrong. */
  get isDismissed(): boolean {
    return this.#dismissed
  }

  /** Why it failed. */
  get cause(): string {
    return this.#cause
  }

  /** What the next reply is for; undefined if none is awaited. */
  get awaiting(): Awaited['stage'] | undefined {
    return this.#awaited[0]?.stage
  }

  /** The message is due, in this framing; the BDAT command itself comes from `take`. */
  get framing(): 'DATA' | 'BDAT' | undefined {
    return this.#state === 'message' ? this.#framing : undefined
  }

  /** Whom the next hop accepted at RCPT, in the order of its final replies. */
  get accepted(): readonly { readonly recipient: Recipient; readonly path: string }[] {
    return this.#accepted
  }

  /** Commands to be written now, latin1. */
  take(): string {
    const out = this.#out
    this.#out = ''
    return out
  }

  /** Offers a recipient; `tell` gets the answer at RCPT, once. */
  rcpt(recipient: Recipient, path: string, tell: Tell): void {
    const hindrance = this.#refusal ?? this.#hindrance(recipient, path)
    if (hindrance !== undefined) return tell(hindrance)
    const slot: Slot = { recipient, path, tell, phase: 'offered' }
    this.#slots.push(slot)
    if (!this.#mailed) this.#command(mailCommand(this.#sender, this.#capabilities), { stage: 'MAIL' })
    this.#mailed = true
    this.#command(rcptCommand(recipient, path, this.#capabilities), { stage: 'RCPT', slot })
  }

  /** The message of `size` octets comes next. `final` gets one outcome for each of `accepted`, by its position there. Throws unless the conversation is open, quiet and has an accepted recipient. */
  data(size: number, final: (order: number, outcome: Outcome) => void): void {
    if (!this.isOpen || this.awaiting !== undefined || this.#accepted.length === 0) throw new Error('DATA out of turn')
    this.#final = final
    this.#framing = this.#capabilities.chunking ? 'BDAT' : 'DATA'
    if (this.#framing === 'BDAT') {
      this.#out += `BDAT ${size} LAST\r\n`
      this.#state = 'message'
    } else this.#command('DATA\r\n', { stage: 'DATA' })
  }

  /** The last octet of the message is about to leave: from now on silence is doubt. */
  sent(): void {
    if (this.#state !== 'message') return
    this.#state = 'finals'
    for (const slot of this.#accepted) this.#awaited.push({ stage: 'end of data', slot })
  }

  receive(reply: Reply): void {
    if (this.isOver) return
    const awaited = this.#awaited[0]
    if (reply.code === 421) return this.#closing(reply, awaited)
    if (awaited === undefined) return this.fail(`out of step: unexpected reply ${replyText(reply, 80)}`)
    const fits = this.#accept(awaited, reply)
    if (!fits) return this.fail(`out of step: ${replyText(reply, 80)} to ${awaited.stage}`)
    this.#awaited.shift()
    if (this.#state === 'finals' && this.#awaited.length === 0) this.#state = 'complete'
    const next = this.#awaited.length === 0 ? this.#held.shift() : undefined
    if (next !== undefined) this.#send(next)
  }

  /** Nothing more will come. Who was answered stays answered; everybody else is told. */
  fail(cause: string, kind: 'unanswered' | 'ours' = 'unanswered'): void {
    if (this.isOver) return
    this.#end(cause, kind === 'ours' ? { kind, cause } : { kind, at: this.#stage(), cause })
  }

  /** Whether the reply may stand here at all; if so it is taken. */
  #accept(awaited: Awaited, reply: Reply): boolean {
    const kind = replyClass(reply)
    if (awaited.stage === 'DATA') return this.#answeredData(reply)
    if (kind === 'intermediate') return false
    switch (awaited.stage) {
      case 'RSET':
        return kind === 'positive'
      case 'MAIL':
        if (kind !== 'positive') this.#refused({ kind: 'answered', at: 'MAIL', reply })
        return true
      case 'RCPT':
        this.#answeredRcpt(awaited.slot, reply)
        return true
      case 'end of data': {
        const order = this.#accepted.length - this.#awaited.length
        awaited.slot.phase = 'answered'
        this.#final(order, { kind: 'answered', at: 'end of data', reply })
        return true
      }
    }
  }

  /** The answer to MAIL is the answer for all its recipients; replies to RCPTs that are out already are still awaited. */
  #refused(outcome: Outcome): void {
    this.#refusal = outcome
    this.#held.length = 0
    for (const slot of this.#slots) this.#answer(slot, outcome)
  }

  #answeredRcpt(slot: Slot, reply: Reply): void {
    if (slot.phase !== 'offered') return
    const positive = reply.code < 300
    if (positive) this.#accepted.push(slot)
    slot.phase = positive ? 'accepted' : 'answered'
    slot.tell({ kind: 'answered', at: 'RCPT', reply })
  }

  /** 354, or a refusal that is the answer for all. */
  #answeredData(reply: Reply): boolean {
    if (reply.code === 354) {
      this.#state = 'message'
      return true
    }
    if (reply.code < 400) return false
    this.#state = 'refused'
    for (const [order, slot] of this.#accepted.entries()) {
      slot.phase = 'answered'
      this.#final(order, { kind: 'answered', at: 'DATA', reply })
    }
    return true
  }

  /** 421: the next hop closes. It answers everybody, but once the message is out only the one whose reply was due. */
  #closing(reply: Reply, awaited: Awaited | undefined): void {
    const cause = `closing: ${replyText(reply, 200)}`
    this.#dismissed = true
    if (this.#state !== 'finals') return this.#end(cause, { kind: 'answered', at: this.#stage(), reply })
    if (awaited !== undefined) this.#accept(awaited, reply)
    this.#awaited.shift()
    this.#end(cause, { kind: 'unanswered', at: 'end of data', cause })
  }

  #end(cause: string, outcome: Outcome): void {
    this.#state = 'failed'
    this.#cause = cause
    this.#refusal = outcome
    this.#held.length = 0
    this.#awaited.length = 0
    for (const slot of this.#slots) if (slot.phase === 'offered') this.#answer(slot, outcome)
    if (this.#framing === undefined) return
    for (const [order, slot] of this.#accepted.entries()) {
      if (slot.phase !== 'accepted') continue
      slot.phase = 'answered'
      this.#final(order, outcome)
    }
  }

  #answer(slot: Slot, outcome: Outcome): void {
    slot.phase = 'answered'
    slot.tell(outcome)
  }

  #stage(): Stage {
    const awaited = this.awaiting
    if (awaited !== undefined) return awaited === 'RSET' ? 'MAIL' : awaited
    return this.#state === 'message' ? 'message' : 'RCPT'
  }

  /** Why this recipient cannot be offered at all. */
  #hindrance(recipient: Recipient, path: string): Outcome | undefined {
    if (!isWritable(path, recipient.params) || !isWritable(this.#sender.path, this.#sender.params))
      return { kind: 'ours', cause: 'control character in an address' }
    if (this.#capabilities.smtputf8 || !this.#sender.smtputf8) return undefined
    return isAscii(path) && isAscii(this.#sender.path) ? undefined : { kind: 'cannot', why: 'smtputf8' }
  }

  #command(text: string, awaited: Awaited): void {
    if (this.#capabilities.pipelining || this.awaiting === undefined) this.#send({ text, awaited })
    else this.#held.push({ text, awaited })
  }

  #send(command: Command): void {
    this.#out += command.text
    this.#awaited.push(command.awaited)
  }
}
