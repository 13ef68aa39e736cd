/** One question and one answer over a socket of its own, for clamd and spamd: no faster than the other side reads, gone when nobody waits. */
import { connect, type Socket } from 'node:net'
import type { Endpoint } from '../../deliver/endpoint.ts'
import { socketCause } from '../../deliver/socket-cause.ts'

/** `complete`: the reply so far is all of it. `limit`: octets of a reply. */
export type ExchangeOptions = {
  readonly complete: (reply: Buffer) => boolean
  readonly limit: number
  readonly signal: AbortSignal
}

/**
 * `reply`: what came, in full if `cause` is undefined. `sent`: all of the request had been given to the socket before that. `ours`: the
 * request itself failed.
 */
export type Exchanged = {
  readonly reply: Buffer
  readonly sent: boolean
  readonly cause: string | undefined
  readonly ours: boolean
}

/** Never rejects. */
export function exchange(
  endpoint: Endpoint,
  request: AsyncIterable<Uint8Array>,
  options: ExchangeOptions,
): Promise<Exchanged> {
  return new Promise(resolve => {
    if (options.signal.aborted) resolve({ reply: Buffer.alloc(0), sent: false, cause: 'cancelled', ours: false })
    else new Exchange(open(endpoint), options, resolve).begin(request)
  })
}

class Exchange {
  readonly #socket: Socket
  readonly #options: ExchangeOptions
  readonly #resolve: (exchanged: Exchanged) => void
  readonly #onAbort = (): void => this.#finish('cancelled')
  #reply: Buffer = Buffer.alloc(0)
  #sent = false
  #done = false
  #wake: () => void = () => undefined

  constructor(socket: Socket, options: ExchangeOptions, resolve: (exchanged: Exchanged) => void) {
    this.#socket = socket
    this.#options = options
    this.#resolve = resolve
  }

  begin(request: AsyncIterable<Uint8Array>): void {
    this.#socket
      .on('data', bytes => this.#receive(bytes))
      .on('drain', () => this.#wake())
      .on('end', () => this.#finish('connection closed'))
      .on('close', () => this.#finish('connection closed'))
      .on('error', error => this.#finish(socketCause(error)))
    this.#options.signal.addEventListener('abort', this.#onAbort)
    void this.#send(request)
  }

  async #send(request: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const piece of request) {
        if (this.#isDone()) return
        if (!this.#socket.write(piece)) await this.#writable()
        if (this.#isDone()) return
      }
      this.#sent = true
    } catch {
      this.#finish('the message can no longer be read', true)
    }
  }

  #isDone(): boolean {
    return this.#done
  }

  #writable(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve
      if (this.#done) resolve()
    })
  }

  #receive(bytes: Buffer): void {
    if (this.#done) return
    this.#reply = this.#reply.length === 0 ? bytes : Buffer.concat([this.#reply, bytes])
    if (this.#reply.length > this.#options.limit) this.#finish('reply too long')
    else if (this.#options.complete(this.#reply)) this.#finish(undefined)
  }

  #finish(cause: string | undefined, ours = false): void {
    if (this.#done) return
    this.#done = true
    this.#options.signal.removeEventListener('abort', this.#onAbort)
    this.#socket.destroy()
    this.#wake()
    this.#resolve({ reply: this.#reply, sent: this.#sent, cause, ours })
  }
}

function open(endpoint: Endpoint): Socket {
  return endpoint.kind === 'unix'
    ? connect({ path: endpoint.path })
    : connect({ host: endpoint.host, port: endpoint.port, noDelay: true })
}
