/** One message on its way in, by DATA or by chunks, from the wire into the spool. */
import type { Message, NoMessage } from '../transaction.ts'
import type { Incoming } from './incoming.ts'
import type { Taken } from './input.ts'
import { Newlines } from './newlines.ts'

/** Chunks that no honest client needs: this many, and one more per that many octets (RFC 3030 sets no limit). */
const freeChunks = 10_000
const octetsPerChunk = 100

/** An octet of the header is so many times as much work as one of the body: it may be made of very short fields. */
const headerWeight = 4

export class Intake {
  readonly #incoming: Incoming
  readonly #newlines: Newlines
  readonly #strayNewlines: 'normalize' | 'reject'
  #chunks = 0

  constructor(form: 'DATA' | 'BDAT', incoming: Incoming, strayNewlines: 'normalize' | 'reject') {
    this.#incoming = incoming
    this.#strayNewlines = strayNewlines
    this.#newlines = new Newlines(form === 'DATA', bytes => {
      incoming.write(bytes)
    })
  }

  /** The disk cannot keep up: the client has to wait. */
  get isFull(): boolean {
    return this.#incoming.isFull
  }

  whenWritable(task: () => void): void {
    this.#incoming.whenWritable(task)
  }

  write(bytes: Buffer): Taken {
    const weight = this.#incoming.isInHeader ? headerWeight : 1
    const taken = this.#newlines.write(bytes)
    return { taken, ended: this.#newlines.ended, work: taken * weight }
  }

  /** Why no message will come of it, as far as is known. */
  get failed(): NoMessage | undefined {
    return this.#incoming.failed
  }

  /** A further chunk is announced. */
  addChunk(): void {
    this.#chunks += 1
    if (this.#chunks > freeChunks + this.#incoming.size / octetsPerChunk) this.#incoming.fail('too many chunks')
  }

  end(): Promise<Message | NoMessage> {
    this.#newlines.end()
    if (this.#newlines.stray && this.#strayNewlines === 'reject') this.#incoming.fail('stray newline')
    return this.#incoming.end(this.#newlines.isDotless)
  }

  discard(): void {
    this.#incoming.discard()
  }
}
