/** Opens a connection to the next hop: socket, greeting, LHLO. */
import { connect as connectSocket, type OnReadOpts, type Socket } from 'node:net'
import type { Clock } from '../clock.ts'
import { replyClass, replyText, type Reply } from '../reply.ts'
import { readCapabilities } from './capabilities.ts'
import { Connection, type Closed } from './connection.ts'
import type { Endpoint } from './endpoint.ts'
import type { Outcome } from './outcome.ts'

export type ConnectOptions = {
  readonly endpoint: Endpoint
  /** Our host name for LHLO. */
  readonly name: string
  readonly clock: Clock
  /** Called once for a connection that had been opened, when it is closed. */
  readonly onClosed: (connection: Connection, closed: Closed) => void
}

const seconds = { connect: 5, greeting: 30, LHLO: 30 } as const
/** Replies of about a hundred recipients. */
const readBuffer = 16_384

/** Never rejects. A refused greeting or LHLO is the next hop's answer at that stage. */
export function connect(options: ConnectOptions): Promise<Connection | Outcome> {
  return new Promise(resolve => new Handshake(options, resolve).begin())
}

class Handshake {
  #stage: keyof typeof seconds = 'connect'
  #opened = false
  readonly #options: ConnectOptions
  readonly #resolve: (result: Connection | Outcome) => void
  readonly #connection: Connection

  constructor(options: ConnectOptions, resolve: (result: Connection | Outcome) => void) {
    this.#options = options
    this.#resolve = resolve
    const { endpoint, clock } = options
    const socket = open(endpoint, bytes => this.#connection.receive(bytes))
    socket.once('connect', () => this.#enter('greeting'))
    this.#connection = new Connection(socket, endpoint, clock, (connection, closed) => {
      if (this.#opened) options.onClosed(connection, closed)
    })
  }

  begin(): void {
    this.#connection.attach({
      receive: (replies, fault) => this.#receive(replies, fault),
      closed: ({ cause }) => this.#resolve({ kind: 'unanswered', at: this.#stage, cause }),
    })
    this.#enter('connect')
  }

  #enter(stage: keyof typeof seconds): void {
    this.#stage = stage
    const time = seconds[stage]
    const what = stage === 'connect' ? 'no connection' : `no reply to ${stage}`
    this.#connection.watch(this.#options.clock.now() + time * 1000, () =>
      this.#connection.close('silent', `${stage === 'greeting' ? 'no greeting' : what} for ${time} s`),
    )
  }

  #receive(replies: readonly Reply[], fault: string | undefined): void {
    const [reply, surplus] = replies
    if (reply === undefined || surplus !== undefined || fault !== undefined)
      return this.#connection.close('out of step', `out of step: ${fault ?? 'unexpected reply'}`)
    const kind = replyClass(reply)
    if (kind === 'intermediate') return this.#connection.close('out of step', `out of step: ${replyText(reply, 80)}`)
    if (kind !== 'positive') return this.#refused(reply)
    if (this.#stage === 'LHLO') return this.#ready(reply)
    this.#enter('LHLO')
    this.#connection.write(`LHLO ${this.#options.name}\r\n`)
  }

  #refused(reply: Reply): void {
    this.#resolve({ kind: 'answered', at: this.#stage, reply })
    this.#connection.detach()
    this.#connection.quit()
  }

  #ready(lhlo: Reply): void {
    this.#opened = true
    this.#connection.capabilities = readCapabilities(lhlo)
    this.#connection.detach()
    this.#resolve(this.#connection)
  }
}

function open(endpoint: Endpoint, receive: (bytes: string) => void): Socket {
  const buffer = Buffer.allocUnsafe(readBuffer)
  const onread: OnReadOpts = {
    buffer,
    callback(length) {
      receive(buffer.toString('latin1', 0, length))
      return true
    },
  }
  return endpoint.kind === 'unix'
    ? connectSocket({ path: endpoint.path, onread })
    : connectSocket({ host: endpoint.host, port: endpoint.port, noDelay: true, onread })
}
