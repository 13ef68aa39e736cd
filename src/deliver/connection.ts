/** One connection to the next hop: text out, one write per batch; replies in; backpressure; closed once, with a reason. */
import type { Socket } from 'node:net'
import type { Clock } from '../clock.ts'
import type { Reply } from '../reply.ts'
import { noCapabilities } from './capabilities.ts'
import { endpointText, type Endpoint } from './endpoint.ts'
import { ReplyReader } from './reply-reader.ts'
import { socketCause } from './socket-cause.ts'
import { Watchdog } from './watchdog.ts'

/** `lost`: the next hop or the network did it. `out of step`: it said what cannot be. `silent`: it said nothing in time. `ours`: we gave up. `retired`: it has served. */
export type Closed = {
  readonly how: 'lost' | 'out of step' | 'silent' | 'ours' | 'retired'
  readonly cause: string
}

/** Who has the connection at the moment. */
export type ConnectionUser = {
  /** The replies of one packet, in order; if `fault` is there, what came behind them was none. */
  receive(replies: readonly Reply[], fault: string | undefined): void
  /** Called once. */
  closed(closed: Closed): void
}

const ready = Promise.resolve()
/** For a QUIT to be answered. */
const quitTime = 5_000

export class Connection {
  readonly endpoint: Endpoint
  /** The endpoint as the log writes it. */
  readonly relay: string
  /** As learnt at LHLO. */
  capabilities = noCapabilities
  /** How many were begun on it. */
  transactions = 0
  /** The last transaction was not completed: the next one begins with RSET. */
  needsReset = false
  readonly openedAt: number
  #user: ConnectionUser | undefined
  #out = ''
  #flushing = false
  #closed: Closed | undefined
  #wake: () => void = () => undefined
  readonly #socket: Socket
  readonly #reader = new ReplyReader()
  readonly #watchdog: Watchdog
  readonly #clock: Clock
  readonly #flushOnce = () => this.#flush()
  /** Behind the promises that are ready now: those of one batch of commands from the client belong together. */
  readonly #behindPromises = () => void ready.then(this.#flushOnce)

  /** `socket` gives what comes to `receive` by itself (`onread`). `onClosed` is called once, when the socket is gone. */
  constructor(
    socket: Socket,
    endpoint: Endpoint,
    clock: Clock,
    onClosed: (connection: Connection, closed: Closed) => void,
  ) {
    this.#socket = socket
    this.endpoint = endpoint
    this.relay = endpointText(endpoint)
    this.#clock = clock
    this.#watchdog = new Watchdog(clock)
    this.openedAt = clock.now()
    socket.on('error', error => this.close('lost', socketCause(error)))
    socket.on('end', () => this.close('lost', 'closed by the next hop'))
    socket.on('close', () => {
      this.close('lost', 'closed by the next hop')
      if (this.#closed !== undefined) onClosed(this, this.#closed)
    })
    socket.on('drain', () => this.#wake())
    socket.resume()
  }

  get isOpen(): boolean {
    return this.#closed === undefined
  }

  /** Nobody uses it and no half reply is there. */
  get isClean(): boolean {
    return this.isOpen && this.#user === undefined && this.#reader.isEmpty && this.#out === ''
  }

  /** From now on `user` gets the replies; without a user any octet closes the connection. */
  attach(user: ConnectionUser): void {
    this.#user = user
    if (this.#closed !== undefined) user.closed(this.#closed)
  }

  detach(): void {
    this.#user = undefined
    this.#watchdog.clear()
  }

  /** Runs `task` at the moment `at` unless the watch is set anew, or the user detached, before. */
  watch(at: number, task: () => void): void {
    if (this.isOpen) this.#watchdog.set(at, task)
  }

  unwatch(): void {
    this.#watchdog.clear()
  }

  /** Latin1 text; what is written within one turn leaves in one packet. */
  write(text: string): void {
    if (!this.isOpen || text === '') return
    this.#out += text
    if (this.#flushing) return
    this.#flushing = true
    process.nextTick(this.#behindPromises)
  }

  /** From here on until `uncork`, what is put, and what is written behind it, is kept together. */
  cork(): void {
    this.#flush()
    this.#socket.cork()
  }

  /** `onTaken` is called when the system has taken these bytes and all before them; not at all if the connection is closed before that. */
  put(bytes: Uint8Array, onTaken?: () => void): void {
    if (!this.isOpen) return
    if (onTaken === undefined) this.#socket.write(bytes)
    else
      this.#socket.write(bytes, error => {
        if (error === null || error === undefined) onTaken()
      })
  }

  uncork(): void {
    this.#flush()
    this.#socket.uncork()
  }

  /** Octets that were put, and that the system has not taken. */
  get unsent(): number {
    return this.#socket.writableLength
  }

  /** Sends what was put so far; resolves when it is taken, or the connection closed. */
  async drain(): Promise<void> {
    this.#socket.uncork()
    if (this.isOpen && this.#socket.writableLength > 0) await new Promise<void>(resolve => (this.#wake = resolve))
    this.#socket.cork()
  }

  /** What came from the socket. */
  receive(bytes: string): void {
    if (!this.isOpen) return
    if (this.#user === undefined) return this.#unexpected(bytes)
    const replies = this.#reader.read(bytes)
    if (replies.length > 0 || this.#reader.fault !== undefined) this.#user.receive(replies, this.#reader.fault)
  }

  /** Closes at once, whatever is under way: an unfinished message is cut short, never ended. Only the first call counts. */
  close(how: Closed['how'], cause: string): void {
    if (this.#closed !== undefined) return
    this.#end({ how, cause })
    this.#socket.destroy()
  }

  /** Takes leave of the next hop; nobody may use the connection any more. */
  quit(): void {
    if (this.#closed !== undefined) return
    this.#end({ how: 'retired', cause: 'retired' })
    const cancel = this.#clock.after(quitTime, () => this.#socket.destroy())
    this.#socket.once('close', cancel)
    this.#socket.end('QUIT\r\n')
  }

  /** A next hop that has waited long enough says 421 before it closes. */
  #unexpected(bytes: string): void {
    if (bytes.startsWith('421')) this.close('lost', 'closed by the next hop')
    else this.close('out of step', 'out of step: octets that nobody waits for')
  }

  #end(closed: Closed): void {
    this.#closed = closed
    this.#watchdog.stop()
    this.#out = ''
    const user = this.#user
    this.#user = undefined
    user?.closed(closed)
    this.#wake()
  }

  #flush(): void {
    this.#flushing = false
    if (this.#out === '' || !this.isOpen) return
    this.#socket.write(this.#out, 'latin1')
    this.#out = ''
  }
}
