/** One client's connection: smtp-server's session with our own input, dialogue and replies in it. FACTS: what it does not do itself. */
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js'
import type { SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js'
import type { Socket } from 'node:net'
import type { SMTPServer } from 'smtp-server'
import { SMTPStream } from 'smtp-server/lib/smtp-stream.js'
import type { Clock } from '../clock.ts'
import { reply } from '../reply.ts'
import type { Reply } from '../reply.ts'
import { said } from '../settle/sentences.ts'
import { Dialogue } from './dialogue.ts'
import type { DialogueHost, DialogueOptions } from './dialogue.ts'
import { Input } from './input.ts'
import { ReplyQueue } from './reply-queue.ts'

export type SessionOptions = DialogueOptions & {
  readonly clock: Clock
  /** A client that owes us something for so long (ms) is hung up on. */
  readonly idle: number
}

/** smtp-server wants a parser of its own kind in each session, and tells it no more than that all is over. */
const unused = new SMTPStream()

export class Session extends SMTPConnection {
  readonly #options: SessionOptions
  readonly #input: Input
  readonly #replies: ReplyQueue
  readonly #dialogue: Dialogue
  #lastActive: number
  #cancelIdle: () => void = () => undefined
  #cancelDrain: () => void = () => undefined
  #isDraining = false
  #isOver = false

  constructor(
    server: SMTPServer,
    socket: Socket,
    connection: SMTPConnectionOptions | undefined,
    options: SessionOptions,
    refuseMail: DialogueHost['refuseMail'],
  ) {
    super(server, socket, connection)
    this.#options = options
    this.#input = new Input(socket)
    this.#replies = new ReplyQueue(octets => this.#write(octets))
    this.#dialogue = new Dialogue(
      options,
      {
        peerAddress: connection?.remoteAddress ?? socket.remoteAddress,
        refuseMail,
        close: saidQuit => this.#finish(saidQuit),
        onIdle: () => this.#drainIfIdle(),
      },
      this.#input,
      this.#replies,
    )
    this.#lastActive = options.clock.now()
  }

  /** Greets at once: smtp-server would wait 100 ms and look the client's name up. No pipe leads to the input: it would cost more than what it leads to. */
  override init(): void {
    const socket = this._socket
    socket.on('close', () => this._onClose())
    socket.on('error', (error: Error) => this._onError(error))
    socket.on('data', (bytes: Buffer) => {
      this.#lastActive = this.#options.clock.now()
      this.#input.write(bytes)
    })
    socket.on('end', () => this.#input.end())
    this.#input.onEnd = () => this.#halfClosed()
    this.#watchIdle()
    this.#replies.push(this.#options.welcome.greeting)
    this.#input.readCommands()
  }

  /** What smtp-server itself has to say goes out in order and with our enhanced codes. */
  override send(code: number, data?: string | string[] | null): void {
    const lines = Array.isArray(data) ? data : [data ?? '']
    this.#replies.push(reply(code, `${Math.floor(code / 100)}.0.0`, ...lines))
    if (code === 421) this.#finish()
  }

  override _createParser(): SMTPStream {
    return unused
  }

  override close(): void {
    this.#input.close()
    super.close()
  }

  override _onClose(): void {
    this.#cancelIdle()
    this.#cancelDrain()
    this.#isOver = true
    this.#input.close()
    this.#dialogue.abandon()
    super._onClose()
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

  #drainIfIdle(): void {
    if (!this.#isDraining || !this.#dialogue.isIdle || this.#isOver) return
    this.#input.hold()
    this.#replies.push(said.stopping)
    this.#finish()
  }

  #write(octets: string): void {
    this.#lastActive = this.#options.clock.now()
    if (!this._socket.writable || this._socket.write(octets, 'latin1')) return
    this.#input.choke()
    this._socket.once('drain', () => this.#input.unchoke())
  }

  /** The last reply first, then the end. After QUIT nothing is left to be read, so closing both sides at once loses nothing. */
  #finish(saidQuit = false): void {
    this.#replies.flush()
    this.#isOver = true
    if (saidQuit && this._socket.writableLength === 0) this._socket.destroy()
    else this.close()
  }

  /** The client has said all it will: it still gets its replies. */
  #halfClosed(): void {
    this.#replies.whenAnswered(() => {
      if (!this.#isOver) this.#finish()
    })
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
