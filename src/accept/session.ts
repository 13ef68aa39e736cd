/** One client's connection, from the greeting to its end. What it sends goes to the input, what the dialogue answers comes back in order. */
import type { Socket } from 'node:net'
import type { Clock } from '../clock.ts'
import type { Reply } from '../reply.ts'
import { said } from '../settle/sentences.ts'
import { Dialogue } from './dialogue.ts'
import type { DialogueHost, DialogueOptions } from './dialogue.ts'
import { Input } from './input.ts'
import { readFrom } from './read-from.ts'
import { readBuffer } from './regular.ts'
import { ReplyQueue } from './reply-queue.ts'

export type SessionOptions = DialogueOptions & {
  readonly clock: Clock
  /** A client that owes us something for so long (ms) is hung up on. */
  readonly idle: number
}

/** The listener that took the connection. */
export type SessionHost = Pick<DialogueHost, 'peerAddress' | 'refuseMail'> & {
  /** The connection broke. */
  readonly onError: (error: Error) => void
  /** There is no connection any more. */
  readonly onGone: () => void
}

/** A client that was hung up on is given so long (ms) to hang up as well. */
const farewell = 5000

export class Session {
  /** Where it is among the open sessions. */
  seat = -1
  readonly #socket: Socket
  readonly #options: SessionOptions
  readonly #input: Input
  readonly #replies: ReplyQueue
  readonly #dialogue: Dialogue
  #lastActive: number
  #cancelIdle: () => void = () => undefined
  #cancelDrain: () => void = () => undefined
  #cancelFarewell: () => void = () => undefined
  #isDraining = false
  #isOver = false

  /** Greets at once. */
  constructor(socket: Socket, host: SessionHost, options: SessionOptions) {
    const { peerAddress, refuseMail } = host
    this.#socket = socket
    this.#options = options
    this.#input = new Input(socket)
    this.#replies = new ReplyQueue(octets => this.#write(octets))
    this.#dialogue = new Dialogue(
      options,
      {
        peerAddress,
        refuseMail,
        close: saidQuit => this.#finish(saidQuit),
        onIdle: () => this.#drainIfIdle(),
      },
      this.#input,
      this.#replies,
    )
    this.#lastActive = options.clock.now()
    this.#listen(host)
    this.#watchIdle()
    this.#replies.push(options.welcome.greeting)
    this.#input.readCommands()
  }

  /** Ends the session as soon as its transaction is settled. A client that takes longer than `idle` to end its message is cut (RFC 5321 §3.8). */
  drain(): void {
    this.#isDraining = true
    this.#drainIfIdle()
    const { clock, idle } = this.#options
    this.#cancelDrain = clock.after(idle, () => {
      if (!this.#dialogue.owesReply) this.#cut(said.stopping)
    })
  }

  #listen({ onError, onGone }: SessionHost): void {
    const socket = this.#socket
    // Nagle's algorithm would keep a reply back until the client has acknowledged the one before.
    socket.setNoDelay(true)
    readFrom(socket, readBuffer, bytes => {
      this.#lastActive = this.#options.clock.now()
      this.#input.write(bytes)
    })
    socket.on('end', () => this.#input.end())
    this.#input.onEnd = () => this.#halfClosed()
    socket.on('error', error => {
      // What answers come before the end must not hand the message of a dead client over.
      this.#input.close()
      onError(error)
    })
    socket.once('close', () => {
      this.#gone()
      onGone()
    })
  }

  #gone(): void {
    this.#cancelIdle()
    this.#cancelDrain()
    this.#cancelFarewell()
    this.#isOver = true
    this.#input.close()
    this.#dialogue.abandon()
  }

  #drainIfIdle(): void {
    if (!this.#isDraining || !this.#dialogue.isIdle || this.#isOver) return
    this.#input.hold()
    this.#replies.push(said.stopping)
    this.#finish()
  }

  #write(octets: string): void {
    this.#lastActive = this.#options.clock.now()
    if (!this.#socket.writable || this.#socket.write(octets, 'latin1')) return
    this.#input.choke()
    this.#socket.once('drain', () => this.#input.unchoke())
  }

  /** The last reply first, then the end. After QUIT nothing is left to be read, so closing both sides at once loses nothing. */
  #finish(saidQuit = false): void {
    if (this.#isOver) return
    this.#replies.flush()
    this.#isOver = true
    this.#input.close()
    if (saidQuit && this.#socket.writableLength === 0) this.#socket.destroy()
    else this.#hangUp()
  }

  /** What the client still sends is read, so that its end is seen. */
  #hangUp(): void {
    this.#socket.end()
    this.#socket.resume()
    this.#cancelFarewell = this.#options.clock.after(farewell, () => this.#socket.destroy())
  }

  /** The client has said all it will: it still gets its replies. */
  #halfClosed(): void {
    this.#replies.whenAnswered(() => this.#finish())
  }

  #watchIdle(): void {
    const { clock, idle } = this.#options
    const quiet = this.#dialogue.owesReply ? 0 : clock.now() - this.#lastActive
    if (quiet < idle) {
      this.#cancelIdle = clock.after(idle - quiet, () => this.#watchIdle())
      return
    }
    this.#cut(said.idle)
  }

  #cut(last: Reply): void {
    if (this.#isOver) return
    this.#dialogue.abandon()
    this.#replies.push(last)
    this.#finish()
  }
}
