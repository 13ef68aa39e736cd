/** A message's way in, by DATA or chunk after chunk (RFC 3030), and the wait for its replies. */
import type { Reply } from '../reply.ts'
import { said } from '../settle/sentences.ts'
import { unused } from './input.ts'
import type { Input, MessageTaker, Taken } from './input.ts'
import type { OpenTransaction } from './open-transaction.ts'
import type { ReplyQueue } from './reply-queue.ts'

/** Whoever takes the commands meanwhile. `hangUp`: after this reply, since nobody knows where the next command begins. */
type ArrivalHost = {
  hangUp(last: Reply): void
  /** The last reply is out: the transaction has come to its end. */
  settled(): void
}

/** The chunk being read; `refuse`: it is only read over. */
type Chunk = { readonly isLast: boolean; readonly refuse: Reply | undefined }

export class Arrival implements MessageTaker {
  readonly #host: ArrivalHost
  readonly #input: Input
  readonly #replies: ReplyQueue
  readonly #onBug: (error: unknown) => void
  /** Whose message it is. */
  #open: OpenTransaction | undefined
  #chunk: Chunk | undefined
  #isSettling = false

  constructor(host: ArrivalHost, input: Input, replies: ReplyQueue, onBug: (error: unknown) => void) {
    this.#host = host
    this.#input = input
    this.#replies = replies
    this.#onBug = onBug
  }

  /** The message is here, and not all of its replies are out. */
  get isSettling(): boolean {
    return this.#isSettling
  }

  get isReady(): boolean {
    return this.#open?.isFull !== true
  }

  /** DATA waits for the answers to RCPT: with none accepted there is no 354 (RFC 2033 §4.2). */
  startData(open: OpenTransaction): void {
    this.#open = open
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
  }

  /** The octets of a chunk follow BDAT at once, so they are read whatever the answer (RFC 3030 §2). */
  startChunk(open: OpenTransaction | undefined, octets: number, isLast: boolean): void {
    this.#open = open
    this.#whenAnswered(() => {
      if (this.#open !== open) return
      this.#chunk = { isLast, refuse: open === undefined ? said.mailFirst : open.startChunk() }
      this.#input.readOctets(octets)
    })
  }

  data(bytes: Buffer): Taken {
    const open = this.#open
    if (open === undefined) return unused(bytes)
    const result = open.write(bytes)
    if (result.ended) this.#end(open)
    else this.#awaitSpool(open)
    return result
  }

  octets(bytes: Buffer): Taken {
    const open = this.#open
    if (open === undefined || this.#chunk?.refuse !== undefined) return unused(bytes)
    const result = open.write(bytes)
    this.#awaitSpool(open)
    return result
  }

  chunkEnd(): void {
    const chunk = this.#chunk
    const open = this.#open
    this.#chunk = undefined
    if (chunk === undefined) return
    if (open !== undefined && chunk.refuse === undefined && chunk.isLast) return this.#end(open)
    this.#replies.push(chunk.refuse ?? open?.endChunk() ?? said.mailFirst)
    this.#input.readCommands()
  }

  /** The transaction is abandoned: what still comes of its message is nobody's. */
  forget(): void {
    this.#open = undefined
    this.#chunk = undefined
  }

  #awaitSpool(open: OpenTransaction): void {
    if (open.isFull) open.whenWritable(() => this.#input.proceed())
  }

  /** Until then nothing more is read. Where the next command begins is not certain if `task` throws. */
  #whenAnswered(task: () => void): void {
    this.#input.hold()
    this.#replies.whenAnswered(() => {
      try {
        task()
      } catch (error) {
        this.#onBug(error)
        this.#host.hangUp(said.bug)
      }
    })
  }

  /** Until the last reply is out no further command is read. */
  #end(open: OpenTransaction): void {
    this.#input.hold()
    this.#isSettling = true
    open.endMessage(() => {
      this.#isSettling = false
      if (this.#open !== open) return
      this.#open = undefined
      this.#host.settled()
      this.#input.readCommands()
    })
  }
}
