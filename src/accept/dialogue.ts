/** The server's side of LMTP (RFC 2033): which command is answered how, and what the transaction has come to. It knows no socket. */
import type { Reply } from '../reply.ts'
import { Ledger } from '../settle/ledger.ts'
import { said, unfit } from '../settle/sentences.ts'
import type { Client, Recipient, Sender } from '../transaction.ts'
import { parseMail, parseRcpt } from './envelope-grammar.ts'
import type { Input, Taker } from './input.ts'
import { Intake } from './intake.ts'
import type { Offers, Receiver, Visit } from './receiver.ts'
import type { ReplyQueue } from './reply-queue.ts'
import type { Spool } from './spool.ts'
import { readXforward, unknownClient, xforwardAttributes } from './xforward.ts'

export type DialogueOptions = {
  /** Our host name. */
  readonly name: string
  readonly receiver: Receiver
  readonly spool: Spool
  /** Recipients in one transaction, at most. */
  readonly recipients: number
  readonly strayNewlines: 'normalize' | 'reject'
  /** The client's address, if it came by TCP. */
  readonly peerAddress: string | undefined
  /** This client may send XFORWARD. */
  readonly mayForward: boolean
  /** MAIL is answered with it while the gate is too busy. */
  readonly refuseMail: () => Reply | undefined
  /** The last reply is written: hang up. */
  readonly close: () => void
  /** A transaction has come to its end, whichever way. */
  readonly onIdle: () => void
}

/** A transaction from MAIL on. Slots in the order of RCPT, whatever the order of the answers. */
type Open = {
  readonly sender: Sender
  readonly visit: Visit
  readonly slots: { readonly recipient: Recipient; isAccepted: boolean }[]
  /** Slots that are accepted or may yet be. */
  taken: number
  intake: Intake | undefined
  /** A chunk was refused: so are all further ones until RSET (RFC 3030 §4.2). */
  isSpoilt: boolean
}

/** The chunk being read; `refuse`: it is only read over. */
type Chunk = { readonly isLast: boolean; readonly refuse: Reply | undefined }

const maxBadCommands = 20
/** RCPTs in one transaction, refused ones too. */
const maxAttempts = 100_000

export class Dialogue implements Taker {
  readonly #options: DialogueOptions
  readonly #input: Input
  readonly #replies: ReplyQueue
  #offers: Offers | undefined
  #peerName = ''
  #client: Client | undefined
  #open: Open | undefined
  #chunk: Chunk | undefined
  #badCommands = 0
  #isSettling = false

  constructor(options: DialogueOptions, input: Input, replies: ReplyQueue) {
    this.#options = options
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
    return this.#open?.intake?.isFull !== true
  }

  /** The client is gone, or we are going. */
  abandon(): void {
    this.#forget()
  }

  line(line: string | undefined): void {
    const reply = this.#answer(line)
    if (reply !== undefined) this.#replies.push(reply)
  }

  data(bytes: Buffer): { taken: number; ended: boolean } {
    const intake = this.#open?.intake
    if (intake === undefined) return { taken: bytes.length, ended: false }
    const result = intake.write(bytes)
    if (result.ended) this.#endOfMessage()
    else this.#awaitSpool(intake)
    return result
  }

  octets(bytes: Buffer): void {
    const intake = this.#open?.intake
    if (intake === undefined || this.#chunk?.refuse !== undefined) return
    intake.write(bytes)
    this.#awaitSpool(intake)
  }

  chunkEnd(): void {
    const chunk = this.#chunk
    this.#chunk = undefined
    if (chunk?.refuse === undefined && chunk?.isLast === true) return this.#endOfMessage()
    this.#replies.push(chunk?.refuse ?? this.#chunkReply())
    this.#input.readCommands()
  }

  /** Trouble with the message is told at once; what follows is refused. */
  #chunkReply(): Reply {
    const failed = this.#open?.intake?.failed
    if (this.#open === undefined || failed === undefined) return said.chunkTaken
    this.#open.isSpoilt = true
    return unfit[failed]
  }

  #awaitSpool(intake: Intake): void {
    if (intake.isFull) intake.whenWritable(() => this.#input.proceed())
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
    this.#replies.whenAnswered(() => this.#options.close())
  }

  #lhlo(argument: string): Reply | undefined {
    if (argument === '' || argument.includes(' ')) return said.lhloSyntax
    this.#forget()
    const offers = this.#options.receiver.offers()
    this.#offers = offers
    this.#peerName = argument
    const lines = [
      this.#options.name,
      'PIPELINING',
      'ENHANCEDSTATUSCODES',
      `SIZE ${this.#options.spool.options.limit}`,
      'CHUNKING',
      ...(offers.eightBitMime ? ['8BITMIME'] : []),
      ...(offers.smtputf8 ? ['SMTPUTF8'] : []),
      ...(offers.dsn ? ['DSN'] : []),
      ...(this.#options.mayForward ? [`XFORWARD ${xforwardAttributes}`] : []),
    ]
    return { code: 250, enhanced: undefined, lines }
  }

  #xforward(argument: string): Reply | undefined {
    if (!this.#options.mayForward) return this.#unknown()
    if (this.#open !== undefined) return said.xforwardLate
    const client = readXforward(argument, this.#client ?? unknownClient)
    if (client === undefined) return said.xforwardSyntax
    this.#client = client
    return said.ok
  }

  #mail(argument: string): Reply | undefined {
    if (this.#offers === undefined) return said.lhloFirst
    if (this.#open !== undefined) return said.nestedMail
    const sender = parseMail(argument, this.#offers)
    if ('refuse' in sender) return sender.refuse
    const peer = { name: this.#peerName, address: this.#options.peerAddress }
    const visit = this.#options.refuseMail() ?? this.#options.receiver.begin(sender, peer, this.#client)
    if ('code' in visit) return visit
    this.#open = { sender, visit, slots: [], taken: 0, intake: undefined, isSpoilt: false }
    return said.senderOk
  }

  #rcpt(argument: string): Reply | undefined {
    const open = this.#open
    if (this.#offers === undefined || open === undefined) return said.mailFirst
    if (open.intake !== undefined || open.isSpoilt) return said.chunksBegun
    const recipient = parseRcpt(argument, this.#offers, open.sender.smtputf8)
    if ('refuse' in recipient) return recipient.refuse
    if (open.taken >= this.#options.recipients || open.slots.length >= maxAttempts) return said.tooManyRecipients
    const slot = { recipient, isAccepted: false }
    open.slots.push(slot)
    open.taken += 1
    const answer = this.#replies.reserve()
    open.visit.rcpt(recipient).then(
      reply => {
        slot.isAccepted = reply.code < 300
        if (!slot.isAccepted) open.taken -= 1
        answer(reply)
      },
      () => answer(said.bug),
    )
    return undefined
  }

  /** Waits for the answers to RCPT: with none accepted there is no 354 (RFC 2033 §4.2). */
  #data(argument: string): Reply | undefined {
    const open = this.#open
    if (argument.trim() !== '') return said.noArgument
    if (open === undefined) return said.mailFirst
    if (open.intake !== undefined || open.isSpoilt) return said.chunksBegun
    this.#input.hold()
    this.#replies.whenAnswered(() => {
      if (this.#open !== open) return
      if (!open.slots.some(slot => slot.isAccepted)) {
        this.#replies.push(said.noRecipients)
        return this.#input.readCommands()
      }
      open.intake = this.#intake('DATA', open.visit)
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
    this.#input.hold()
    this.#replies.whenAnswered(() => {
      if (this.#open !== open) return
      this.#chunk = { isLast, refuse: this.#refuseChunk(open) }
      this.#input.readOctets(octets)
    })
    return undefined
  }

  #refuseChunk(open: Open | undefined): Reply | undefined {
    if (open === undefined) return said.mailFirst
    if (open.isSpoilt) return said.chunkFailed
    if (!open.slots.some(slot => slot.isAccepted)) {
      open.isSpoilt = true
      return said.noRecipients
    }
    open.intake ??= this.#intake('BDAT', open.visit)
    open.intake.addChunk()
    return undefined
  }

  #intake(form: 'DATA' | 'BDAT', visit: Visit): Intake {
    return new Intake(form, this.#options.spool.receive(visit.omittable()), this.#options.strayNewlines)
  }

  /** From here on the visit owes one reply per accepted recipient; until the last is out no further command is read. */
  #endOfMessage(): void {
    const open = this.#open
    if (open?.intake === undefined) return
    this.#input.hold()
    this.#isSettling = true
    const accepted = open.slots.filter(slot => slot.isAccepted).map(slot => slot.recipient)
    const ledger = new Ledger(
      accepted.length,
      reply => this.#replies.push(reply),
      () => this.#settled(open),
    )
    open.intake
      .end()
      .then(message => {
        if (this.#open === open) open.visit.receive(message, accepted, ledger)
        else if (typeof message !== 'string') message.discard()
      })
      .catch(() => ledger.settleRest(said.bug))
  }

  #settled(open: Open): void {
    this.#isSettling = false
    if (this.#open !== open) return
    this.#open = undefined
    this.#client = undefined
    this.#options.onIdle()
    this.#input.readCommands()
  }

  /** RSET, a new LHLO, the end of the session: the transaction never was (RFC 5321 §4.1.1.5). */
  #forget(): void {
    const open = this.#open
    this.#open = undefined
    this.#chunk = undefined
    this.#client = undefined
    if (open === undefined) return
    open.intake?.discard()
    open.visit.abandon()
    this.#options.onIdle()
  }
}
