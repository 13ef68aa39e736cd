/** A next hop for tests of deliver/: connections are taken in order, and the test speaks on each for itself. */
import { NextHop } from '../../src/deliver/next-hop.ts'
import type { NextHopOptions } from '../../src/deliver/next-hop.ts'
import type { NextHopEvent } from '../../src/deliver/events.ts'
import type { Message, Recipient, Sender } from '../../src/transaction.ts'
import { FakeClock } from './clock.ts'
import { dovecotOffers, NextHopListener } from './next-hop.ts'
import type { Peer } from './peer.ts'
import { patiently } from './turns.ts'

export class ScriptedServer {
  readonly listener: NextHopListener
  readonly #fresh: Peer[] = []
  #wake: () => void = () => undefined

  constructor(kind: 'unix' | 'inet' = 'inet') {
    this.listener = new NextHopListener(kind, peer => {
      this.#fresh.push(peer)
      this.#wake()
    })
  }

  /** Connections taken so far. */
  get count(): number {
    return this.listener.peers.length
  }

  /** The next connection, before anything was said on it. */
  async connection(): Promise<Peer> {
    const arrival = new Promise<void>(resolve => {
      if (this.#fresh.length > 0) resolve()
      else this.#wake = resolve
    })
    await patiently(arrival, () => 'no connection came')
    const peer = this.#fresh.shift()
    if (peer === undefined) throw new Error('two wait for one connection')
    return peer
  }

  /** The next connection, with greeting and LHLO done. */
  async ready(offers: readonly string[] = dovecotOffers): Promise<Peer> {
    const peer = await this.connection()
    peer.send('220 hop.example ready\r\n')
    await peer.line()
    peer.send(replyLines('250', ['hop.example', ...offers]))
    return peer
  }
}

export function replyLines(code: string, texts: readonly string[]): string {
  return texts.map((text, i) => `${code}${i === texts.length - 1 ? ' ' : '-'}${text}\r\n`).join('')
}

/** Takes as many lines and gives them back. */
export async function lines(peer: Peer, count: number): Promise<string[]> {
  const all: string[] = []
  for (let i = 0; i < count; i += 1) all.push(await peer.line())
  return all
}

export type Bench = {
  readonly server: ScriptedServer
  readonly hop: NextHop
  readonly clock: FakeClock
  readonly events: NextHopEvent[]
}

/** A next hop of ours on a scripted one, for as long as `task` runs. */
export async function withServer(
  task: (bench: Bench) => Promise<void>,
  options: Partial<NextHopOptions> & { readonly kind?: 'unix' | 'inet' } = {},
): Promise<void> {
  const server = new ScriptedServer(options.kind)
  await server.listener.listen()
  const clock = new FakeClock()
  const events: NextHopEvent[] = []
  const hop = new NextHop({
    endpoints: [server.listener.endpoint],
    connections: 4,
    name: 'gate.example',
    clock,
    onEvent: event => events.push(event),
    ...options,
  })
  try {
    await task({ server, hop, clock, events })
  } finally {
    server.listener.close()
    const closed = hop.close()
    // Longer than anything is waited for.
    clock.advance(600_000)
    await closed
  }
}

export function senderOf(path: string, params: readonly string[] = []): Sender {
  return { path, params, size: undefined, body: undefined, smtputf8: params.includes('SMTPUTF8') }
}

export function recipientOf(path: string, params: readonly string[] = []): Recipient {
  return { path, params }
}

export type Watched = Message & { readonly given: () => number }

/** A message whose pieces come one after another; `given` counts those that were asked for. */
export function messageOf(pieces: readonly string[], more: Partial<Message> = {}): Watched {
  const bytes = pieces.map(piece => Buffer.from(piece, 'latin1'))
  const size = more.size ?? bytes.reduce((sum, piece) => sum + piece.length, 0)
  let given = 0
  async function* give(): AsyncGenerator<Uint8Array> {
    for (const piece of bytes) {
      given += 1
      yield await Promise.resolve(piece)
    }
  }
  return {
    size,
    eightBit: 'none',
    hops: 0,
    has: () => false,
    sizeWithout: () => size,
    pieces: () => give(),
    discard: () => undefined,
    given: () => given,
    ...more,
  }
}
