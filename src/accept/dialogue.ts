/** The server's side of LMTP (RFC 2033): which command is answered how. It knows no socket. */
import type { Reply } from '../reply.ts'
import { said } from '../settle/sentences.ts'
import type { Client } from '../transaction.ts'
import { Arrival } from './arrival.ts'
import { parseMail, parseRcpt } from './envelope-grammar.ts'
import type { Input, LineTaker } from './input.ts'
import { OpenTransaction } from './open-transaction.ts'
import type { TransactionOptions } from './open-transaction.ts'
import type { Offers, Receiver } from './receiver.ts'
import type { ReplyQueue } from './reply-queue.ts'
import type { Welcome } from './welcome.ts'
import { readXforward, unknownClient } from './xforward.ts'

export type DialogueOptions = TransactionOptions & {
  readonly receiver: Receiver
  readonly welcome: Welcome
}

/** What is of one session alone. */
export type DialogueHost = {
  /** The client's address, if it came by TCP. */
  readonly peerAddress: string | undefined
  /** MAIL is answered with it while the gate is too busy. */
  readonly refuseMail: () => Reply | undefined
  /** The last reply is written: hang up. `saidQuit`: the client will say nothing more. */
  readonly close: (saidQuit: boolean) => void
  /** A transaction has come to its end, whichever way. */
  readonly onIdle: () => void
}

const maxBadCommands = 20

export class Dialogue implements LineTaker {
  readonly #options: DialogueOptions
  readonly #host: DialogueHost
  readonly #input: Input
  readonly #replies: ReplyQueue
  readonly #arrival: Arrival
  #offers: Offers | undefined
  #peerName = ''
  #client: Client | undefined
  #open: OpenTransaction | undefined
  #badCommands = 0

  constructor(options: DialogueOptions, host: DialogueHost, input: Input, replies: ReplyQueue) {
    this.#options = options
    this.#host = host
    this.#input = input
    this.#replies = replies
    this.#arrival = new Arrival(this, input, replies, options.onBug)
    input.lines = this
    input.message = this.#arrival
  }

  /** No transaction is open and nothing is owed. */
  get isIdle(): boolean {
    return this.#open === undefined && !this.owesReply
  }

  /** It is for us to act, not for the client. */
  get owesReply(): boolean {
    return this.#arrival.isSettling || !this.#replies.isAnswered
  }

  /** The client is gone, or we are going. */
  abandon(): void {
    this.#forget()
  }

  line(line: string | undefined): void {
    let reply: Reply | undefined
    try {
      reply = this.#answer(line)
    } catch (error) {
      this.#options.onBug(error)
      reply = said.bug
    }
    if (reply !== undefined) this.#replies.push(reply, true)
  }

  /** Says this last: nothing that the client says counts any more. */
  hangUp(last: Reply): void {
    this.#input.hold()
    this.#forget()
    this.#replies.push(last)
    this.#replies.whenAnswered(() => this.#host.close(last === said.bye))
  }

  /** The transaction has had its last reply. */
  settled(): void {
    this.#open = undefined
    this.#client = undefined
    this.#host.onIdle()
  }

  /** undefined: the answer comes later, or has been given. */
  #answer(line: string | undefined): Reply | undefined {
    if (line === undefined) return said.lineTooLong
    if (/[\0-\x08\x0a-\x1f\x7f]/.test(line)) return said.badLine
    const blank = line.search(/[ \t]/)
    const verb = blank < 0 ? line : line.slice(0, blank)
    return this.#command(verb, blank < 0 ? '' : line.slice(blank).trimEnd())
  }

  #command(verb: string, argument: string): Reply | undefined {
    switch (verb) {
      case 'LHLO':
        return this.#lhlo(argument.trim())
      case 'XFORWARD':
        return this.#xforward(argument)
      case 'MAIL':
        return this.#mail(argument)
      case 'RCPT':
        return this.#rcpt(argument)
      case 'DATA':
        return this.#data(argument)
      case 'BDAT':
        return this.#bdat(argument)
      case 'RSET':
        this.#forget()
        return said.ok
      case 'NOOP':
        return said.ok
      case 'VRFY':
        return said.vrfy
      case 'HELP':
        return said.help
      case 'QUIT':
        this.hangUp(said.bye)
        return undefined
      case 'HELO':
      case 'EHLO':
        return said.lmtpOnly
      default:
        return verb === verb.toUpperCase() ? this.#unknown() : this.#command(verb.toUpperCase(), argument)
    }
  }

  #unknown(): Reply | undefined {
    this.#badCommands += 1
    if (this.#badCommands < maxBadCommands) return said.unknownCommand
    this.hangUp(said.tooManyBadCommands)
    return undefined
  }

  #lhlo(argument: string): Reply {
    if (argument === '' || argument.includes(' ')) return said.lhloSyntax
    this.#forget()
    const offers = this.#options.receiver.offers()
    this.#offers = offers
    this.#peerName = argument
    return this.#options.welcome.lhlo(offers)
  }

  #xforward(argument: string): Reply {
    if (this.#open !== undefined) return said.xforwardLate
    const client = readXforward(argument, this.#client ?? unknownClient)
    if (client === undefined) return said.xforwardSyntax
    this.#client = client
    return said.ok
  }

  #mail(argument: string): Reply {
    if (this.#offers === undefined) return said.lhloFirst
    if (this.#open !== undefined) return said.nestedMail
    const client = this.#client
    this.#client = undefined
    const sender = parseMail(argument, this.#offers)
    if ('refuse' in sender) return sender.refuse
    const peer = { name: this.#peerName, address: this.#host.peerAddress }
    const visit = this.#host.refuseMail() ?? this.#options.receiver.begin(sender, peer, client)
    if ('code' in visit) return visit
    this.#open = new OpenTransaction(sender, visit, this.#replies, this.#options)
    return said.senderOk
  }

  #rcpt(argument: string): Reply | undefined {
    if (this.#offers === undefined || this.#open === undefined) return said.mailFirst
    const recipient = parseRcpt(argument, this.#offers, this.#open.sender.smtputf8)
    return 'refuse' in recipient ? recipient.refuse : this.#open.rcpt(recipient)
  }

  #data(argument: string): Reply | undefined {
    if (argument.trim() !== '') return said.noArgument
    if (this.#open === undefined) return said.mailFirst
    if (this.#open.hasContent) return said.chunksBegun
    this.#arrival.startData(this.#open)
    return undefined
  }

  #bdat(argument: string): Reply | undefined {
    const match = /^ +(\d{1,15})( +LAST)?$/i.exec(argument)
    // Where the next command begins nobody knows.
    if (match === null) this.hangUp(said.bdatSyntax)
    else this.#arrival.startChunk(this.#open, Number(match[1]), match[2] !== undefined)
    return undefined
  }

  /** RSET, a new LHLO, the end of the session. */
  #forget(): void {
    const open = this.#open
    this.#open = undefined
    this.#arrival.forget()
    this.#client = undefined
    if (open === undefined) return
    open.abandon()
    this.#host.onIdle()
  }
}
