/** One HTTP request over a connection of its own: no faster than the other side reads, gone when nobody waits. */
import { request, type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import type { Endpoint } from '../../deliver/endpoint.ts'
import { socketCause } from '../../deliver/socket-cause.ts'

/** `limit`: octets of an answer's body. */
export type PostOptions = {
  readonly method: 'POST' | 'GET'
  readonly path: string
  readonly headers: OutgoingHttpHeaders
  readonly limit: number
  readonly signal: AbortSignal
}

/** `broken`: no answer, or not all of it; `answered` if one had begun. `ours`: the body could not be read to its end. */
export type Posted =
  | { readonly kind: 'answer'; readonly status: number; readonly body: Buffer }
  | { readonly kind: 'broken'; readonly cause: string; readonly answered: boolean }
  | { readonly kind: 'ours'; readonly cause: string }

/** Never rejects. `body` undefined: the head is sent, and nothing after it. */
export function post(
  endpoint: Endpoint,
  body: AsyncIterable<Uint8Array> | undefined,
  options: PostOptions,
): Promise<Posted> {
  return new Promise(resolve => {
    if (options.signal.aborted) resolve({ kind: 'broken', cause: 'cancelled', answered: false })
    else new Post(open(endpoint, options), options, resolve).begin(body)
  })
}

class Post {
  readonly #request: ClientRequest
  readonly #options: PostOptions
  readonly #resolve: (posted: Posted) => void
  readonly #onAbort = (): void => this.#broken('cancelled')
  #answered = false
  #done = false
  #wake: () => void = () => undefined

  constructor(request: ClientRequest, options: PostOptions, resolve: (posted: Posted) => void) {
    this.#request = request
    this.#options = options
    this.#resolve = resolve
  }

  begin(body: AsyncIterable<Uint8Array> | undefined): void {
    this.#request
      .on('response', response => this.#receive(response))
      .on('drain', () => this.#wake())
      .on('error', error => {
        if (!this.#answered) this.#broken(socketCause(error))
      })
      .on('close', () => {
        // Once an answer has begun, its own end says what became of it.
        if (!this.#answered) this.#broken('connection closed')
      })
    this.#options.signal.addEventListener('abort', this.#onAbort)
    if (body === undefined) this.#request.flushHeaders()
    else void this.#send(body)
  }

  async #send(body: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const piece of body) {
        if (this.#isDone()) return
        if (!this.#request.write(piece)) await this.#writable()
        if (this.#isDone()) return
      }
      this.#request.end()
    } catch {
      this.#finish({ kind: 'ours', cause: 'the message can no longer be read' })
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

  #receive(response: IncomingMessage): void {
    this.#answered = true
    const pieces: Buffer[] = []
    let size = 0
    response
      .on('data', (bytes: Buffer) => {
        size += bytes.length
        if (size > this.#options.limit) this.#broken('answer too long')
        else pieces.push(bytes)
      })
      .on('error', () => this.#broken('answer cut short'))
      .on('end', () => {
        if (response.complete)
          this.#finish({ kind: 'answer', status: response.statusCode ?? 0, body: Buffer.concat(pieces) })
      })
      .on('close', () => this.#broken('answer cut short'))
  }

  #broken(cause: string): void {
    this.#finish({ kind: 'broken', cause, answered: this.#answered })
  }

  #finish(posted: Posted): void {
    if (this.#done) return
    this.#done = true
    this.#options.signal.removeEventListener('abort', this.#onAbort)
    this.#request.destroy()
    this.#wake()
    this.#resolve(posted)
  }
}

/** No connection is kept: one that the other side has just closed would look like an outage, and opening one costs little beside a scan. */
function open(endpoint: Endpoint, { method, path, headers }: PostOptions): ClientRequest {
  const place = endpoint.kind === 'unix' ? { socketPath: endpoint.path } : { host: endpoint.host, port: endpoint.port }
  return request({ ...place, method, path, headers, agent: false })
}
