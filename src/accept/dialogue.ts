/** The server's side of LMTP (RFC 2033): which command is answered how. It knows no socket. */
import type { Reply } from '../reply.ts'
import { said } from '../settle/sentences.ts'
import type { Client } from '../transaction.ts'
import { parseMail, parseRcpt } from './envelope-grammar.ts'
import type { Input, Taker } from './input.ts'
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

/** The chunk being read; `refuse`: it is only read over. */
type Chunk = { readonly isLast: boolean; readonly refuse: Reply | undefined }

const maxBadCommands = 20

export class Dialogue implements Taker {
  readonly #options: DialogueOptions
  readonly #host: DialogueHost
  readonly #input: Input
  readonly #replies: ReplyQueue
  #offers: Offers | undefined
  #peerName = ''
  #client: Client | undefined
  #open: OpenTransaction | undefined
  #chunk: Chunk | undefined
  #badCommands = 0
  #isSettling = false

  constructor(options: DialogueOptions, host: DialogueHost, input: Input, replies: ReplyQueue) {
    this.#options = options
    this.#host = host
    this.#input = input
    this.#replies = replies
  }

  /** No transaction is open and nothing is owed. */
  get isIdle(): boolean {
    return this.#open === undefined && !this.owesReply
  }

  /** It is for us to act, not for the client. */
  get owesReply(): boolean {
    return this.#isSettling || !this.#replies.isAnswered
  }

  get isReady(): boolean {
    return this.#open?.isFull !== true
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

  data(bytes: Buffer): { taken: number; ended: boolean } {
    const open = this.#open
    if (open === undefined) return { taken: bytes.length, ended: false }
    const result = open.write(bytes)
    if (result.ended) this.#endOfMessage(open)
    else this.#awaitSpool(open)
    return result
  }

  octets(bytes: Buffer): void {
    const open = this.#open
    if (open === undefined || this.#chunk?.refuse !== undefined) return
    open.write(bytes)
    this.#awaitSpool(open)
  }

  chunkEnd(): void {
    const chunk = this.#chunk
    const open = this.#open
    this.#chunk = undefined
    if (chunk === undefined) return
    if (open !== undefined && chunk.refuse === undefined && chunk.isLast) return this.#endOfMessage(open)
    this.#replies.push(chunk.refuse ?? open?.endChunk() ?? said.mailFirst)
    this.#input.readCommands()
  }

  #awaitSpool(open: OpenTransaction): void {
    if (open.isFull) open.whenWritable(() => this.#input.proceed())
  }

  /** undefined: the answer comes later, or has been given. */
  #answer(line: string | undefined): Reply | undefined {
    if (line === undefined) return said.lineTooLong
    if (/[\0-\x08\x0a-\x1f\x7f]/.test(line)) return said.badLine
    const blank = line.search(/[ \t]/)
    const verb = (blank < 0 ? line : line.slice(0, blank)).toUpperCase()
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
        this.#hangUp(said.bye)
        return undefined
      case 'HELO':
      case 'EHLO':
        return said.lmtpOnly
      default:
        return this.#unknown()
    }
  }

  #unknown(): Reply | undefined {
    this.#badCommands += 1
    if (this.#badCommands < maxBadCommands) return said.unknownCommand
    this.#hangUp(said.tooManyBadCommands)
    return undefined
  }

  #hangUp(last: Reply): void {
    this.#input.hold()
    this.#forget()
    this.#replies.push(last)
    this.#replies.whenAnswered(() => this.#host.close(last === said.bye))
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

  /** Waits for the answers to RCPT: with none accepted there is no 354 (RFC 2033 §4.2). */
  #data(argument: string): Reply | undefined {
    const open = this.#open
    if (argument.trim() !== '') return said.noArgument
    if (open === undefined) return said.mailFirst
    if (open.hasContent) return said.chunksBegun
    this.#whenAnswered(() => {
      if (this.#open !== open) return
      if (!open.hasAccepted) {
        this.#replies.push(said.noRecipients)
        return this.#input.readCommands()
      }
      open.startData()
      this.#replies.push(said.startData)
      this.#input.readData()
    })
    return undefined
  }

  /** The octets of a chunk follow its command at once, so they are read whatever the answer (RFC 3030 §2). */
  #bdat(argument: string): Reply | undefined {
    const match = /^ +(\d{1,15})( +LAST)?$/i.exec(argument)
    if (match === null) {
      // Where the next command begins nobody knows.
      this.#hangUp(said.bdatSyntax)
      return undefined
    }
    const octets = Number(match[1])
    const isLast = match[2] !== undefined
    const open = this.#open
    this.#whenAnswered(() => {
      if (this.#open !== open) return
      this.#chunk = { isLast, refuse: open === undefined ? said.mailFirst : open.startChunk() }
      this.#input.readOctets(octets)
    })
    return undefined
  }

  /** Until then nothing more is read. Where the next command begins is not certain if `task` throws. */
  #whenAnswered(task: () => void): void {
    this.#input.hold()
    this.#replies.whenAnswered(() => {
      try {
        task()
      } catch (error) {
        this.#options.onBug(error)
        this.#hangUp(said.bug)
      }
    })
  }

  /** Until the last reply is out no further command is read. */
  #endOfMessage(open: OpenTransaction): void {
    this.#input.hold()
    this.#isSettling = true
    open.endMessage(() => {
      this.#isSettling = false
      if (this.#open !== open) return
      this.#open = undefined
      this.#client = undefined
      this.#host.onIdle()
      this.#input.readCommands()
    })
  }

  /** RSET, a new LHLO, the end of the session. */
  #forget(): void {
    const open = this.#open
    this.#open = undefined
    this.#chunk = undefined
    this.#client = undefined
    if (open === undefined) return
    open.abandon()
    this.#host.onIdle()
  }
}
