/** A next hop that does exactly what a test says: it takes connections and leaves every octet on them to the test. */
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Endpoint } from '../../src/deliver/endpoint.ts'
import { freePort } from './free-port.ts'
import { Peer } from './peer.ts'

/** Dovecot 2.3's keywords. */
export const dovecotOffers: readonly string[] = ['8BITMIME', 'CHUNKING', 'ENHANCEDSTATUSCODES', 'PIPELINING']

export class NextHopListener {
  readonly peers: Peer[] = []
  readonly #onPeer: (peer: Peer) => void
  readonly #activity: () => void
  readonly #folder: string | undefined
  #endpoint: Endpoint
  #server: Server | undefined

  /** `onPeer` gets each connection as it is taken; `activity` is called whenever anything comes on any of them. */
  constructor(kind: 'unix' | 'inet', onPeer: (peer: Peer) => void, activity: () => void = () => undefined) {
    this.#onPeer = onPeer
    this.#activity = activity
    this.#folder = kind === 'unix' ? mkdtempSync(join(tmpdir(), 'lmtp-gate-hop-')) : undefined
    this.#endpoint =
      this.#folder === undefined
        ? { kind: 'inet', host: '127.0.0.1', port: 0 }
        : { kind: 'unix', path: join(this.#folder, 'lmtp') }
  }

  /** Known once it has listened. */
  get endpoint(): Endpoint {
    return this.#endpoint
  }

  async listen(): Promise<void> {
    // Of its own: one that the kernel chose would be somebody else's as soon as connections are refused.
    if (this.#endpoint.kind === 'inet' && this.#endpoint.port === 0)
      this.#endpoint = { ...this.#endpoint, port: await freePort() }
    const server = createServer({ allowHalfOpen: true }, socket => this.#take(socket))
    const where = this.#endpoint
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      if (where.kind === 'unix') server.listen(where.path, resolve)
      else server.listen(where.port, where.host, resolve)
    })
    this.#server = server
  }

  /** From now on connections are refused; those that are open stay. */
  refuse(): void {
    this.#server?.close()
    this.#server = undefined
  }

  close(): void {
    this.refuse()
    for (const peer of this.peers) peer.close()
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true })
  }

  #take(socket: Socket): void {
    const peer = new Peer(socket, `next hop, connection ${this.peers.length + 1}`, this.#activity)
    this.peers.push(peer)
    this.#onPeer(peer)
    this.#activity()
  }
}
