/** The LMTP front: smtp-server's listener with sessions of our own. */
import type { Socket } from 'node:net'
import { SMTPServer } from 'smtp-server'
import type { SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js'
import { formatReply } from '../reply.ts'
import type { Reply } from '../reply.ts'
import { said } from '../settle/sentences.ts'
import { Trust } from '../trust.ts'
import { listenAt } from './listen.ts'
import type { ListenEndpoint } from './listen.ts'
import { OpenSessions } from './open-sessions.ts'
import { takeProxyHeader } from './proxied.ts'
import { Session } from './session.ts'
import type { SessionHost, SessionOptions } from './session.ts'
import { Welcome } from './welcome.ts'

export type FrontOptions = Omit<SessionOptions, 'onBug' | 'welcome'> & {
  /** Our host name. */
  readonly name: string
  /** Networks that may connect, and send XFORWARD. */
  readonly trust: readonly string[]
  /** Beyond so many sessions MAIL is answered 451; beyond four times as many connections are closed. */
  readonly sessions: number
  /** Socket troubles outside any transaction, for the log. */
  readonly onError: (error: Error) => void
}

export type SessionStats = { readonly open: number; readonly opened: number; readonly refused: number }

/** Codes of the usual ways in which a connection breaks. */
const usual = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'])

/** One listening socket and its sessions. */
export class Front extends SMTPServer {
  readonly #options: FrontOptions & SessionOptions
  readonly #trust: Trust
  readonly #sessions = new OpenSessions<Session>()
  #opened = 0
  #refused = 0
  #whenEmpty: (() => void) | undefined
  #isStopping = false
  #isInet = false
  /** Load balancers, if they alone connect here. */
  #proxies: Trust | undefined

  constructor(options: FrontOptions) {
    super(serverOptions(options.name))
    this.#options = {
      ...options,
      welcome: new Welcome(options.name, options.spool.options.limit),
      onBug: error => options.onError(error instanceof Error ? error : new Error(String(error))),
    }
    this.#trust = new Trust(options.trust)
    this.on('error', error => options.onError(error))
  }

  get sessionCount(): number {
    return this.#sessions.size
  }

  /** Sessions now, and since the start; `refused`: connections that never became one. */
  stats(): SessionStats {
    return { open: this.#sessions.size, opened: this.#opened, refused: this.#refused }
  }

  /** Gives the endpoint with the port that was taken for port 0. Rejects if it cannot listen. */
  open(endpoint: ListenEndpoint): Promise<ListenEndpoint> {
    this.#listensAt(endpoint)
    return listenAt(this.server, endpoint)
  }

  /** A connection that another process took at `endpoint`. */
  adopt(socket: Socket, endpoint: ListenEndpoint): void {
    this.#listensAt(endpoint)
    socket.allowHalfOpen = true
    this.server.emit('connection', socket)
  }

  /** No new sessions; those that are open end as soon as their transaction is settled. Resolves when the last is gone. */
  async drain(): Promise<void> {
    this.#isStopping = true
    this.server.close()
    for (const session of this.#sessions.all()) session.drain()
    if (this.#sessions.size > 0) await new Promise<void>(resolve => (this.#whenEmpty = resolve))
  }

  /** smtp-server would draw a random name for each connection, and wait a turn: we need neither. Nor does it know version 2. */
  override _handleProxy(
    socket: Socket,
    callback: (error: Error | null, connection?: SMTPConnectionOptions & { readonly id: string }) => void,
  ): void {
    const { remoteAddress } = socket
    if (this.#proxies?.has(remoteAddress) !== true) {
      callback(null)
      return
    }
    takeProxyHeader(socket, this.#options.clock, header => {
      if (!(header instanceof Error)) return callback(null, { id: '', remoteAddress: header.address ?? remoteAddress })
      this.#refused += 1
      this.#options.onError(new Error(`${remoteAddress ?? ''}: ${header.message}`))
      callback(header)
    })
  }

  override connect(socket: Socket, connection?: SMTPConnectionOptions): void {
    // Gone before we looked: nobody knows from where it came.
    if (this.#isInet && socket.remoteAddress === undefined) {
      socket.destroy()
      return
    }
    const address = connection?.remoteAddress ?? socket.remoteAddress
    const refusal = this.#refuse(socket.remoteAddress, address)
    if (refusal !== undefined) {
      this.#refused += 1
      socket.on('error', () => undefined)
      socket.end(formatReply(refusal), () => socket.destroy())
      return
    }
    const isSurplus = this.#sessions.size >= this.#options.sessions
    const host: SessionHost = {
      peerAddress: address,
      refuseMail: () => (isSurplus && this.#sessions.size > this.#options.sessions ? said.overloaded : undefined),
      onError: error => this.#broken(error),
      onGone: () => this.#gone(session),
    }
    const session = new Session(socket, host, this.#options)
    this.#opened += 1
    this.#sessions.add(session)
  }

  #listensAt(endpoint: ListenEndpoint): void {
    this.#isInet = endpoint.kind === 'inet'
    if (endpoint.kind === 'inet' && endpoint.proxies !== undefined) this.#proxies ??= new Trust(endpoint.proxies)
  }

  /** `address`: the client's, `from`: who connected, which is a load balancer where there are such. It may connect on its own behalf, too. */
  #refuse(from: string | undefined, address: string | undefined): Reply | undefined {
    const isTrusted =
      this.#proxies === undefined
        ? this.#trust.has(address)
        : this.#proxies.has(from) && (from === address || this.#trust.has(address))
    if (!isTrusted) return said.notTrusted
    if (this.#isStopping || this.#sessions.size >= 4 * this.#options.sessions) return said.stopping
    return undefined
  }

  /** That clients go without a word, or do not answer any more, is no news. */
  #broken(error: Error): void {
    if (!usual.has((error as NodeJS.ErrnoException).code ?? '')) this.#options.onError(error)
  }

  #gone(session: Session): void {
    this.#sessions.delete(session)
    if (this.#sessions.size === 0) this.#whenEmpty?.()
  }
}

function serverOptions(name: string): ConstructorParameters<typeof SMTPServer>[0] & { allowHalfOpen: true } {
  return {
    lmtp: true,
    // Else each connection would ask the system for it.
    name,
    disabledCommands: ['AUTH', 'STARTTLS'],
    hideSTARTTLS: true,
    authOptional: true,
    disableReverseLookup: true,
    logger: false,
    // A client that has sent everything may close its side and still read its replies.
    allowHalfOpen: true,
  }
}
