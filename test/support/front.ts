/** The LMTP front alone, in front of a receiver that does what a test says. */
import { mkdtempSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Front } from '../../src/accept/server.ts'
import type { FrontOptions } from '../../src/accept/server.ts'
import type { Offers, Receiver, Visit } from '../../src/accept/receiver.ts'
import { Spool } from '../../src/accept/spool.ts'
import type { Endpoint } from '../../src/deliver/endpoint.ts'
import { reply } from '../../src/reply.ts'
import type { Reply } from '../../src/reply.ts'
import type { Ledger } from '../../src/settle/ledger.ts'
import type { Client, Message, NoMessage, Peer, Recipient, Sender } from '../../src/transaction.ts'
import { nothing } from '../../src/transaction.ts'
import { later } from './cleanup.ts'
import { FakeClock } from './clock.ts'

/** What a receiver of a test does; what is left out accepts. */
export type Behaviour = {
  readonly begin?: (sender: Sender) => Reply | undefined
  readonly rcpt?: (recipient: Recipient, answer: (reply: Reply) => void) => void
  readonly omittable?: () => ReadonlySet<string>
  readonly receive?: (message: Message | NoMessage, accepted: readonly Recipient[], ledger: Ledger) => void
}

/** A transaction as the front handed it over. */
export type Seen = {
  readonly sender: Sender
  readonly peer: Peer
  readonly client: Client | undefined
  readonly recipients: Recipient[]
  message: string | undefined
  isAbandoned: boolean
}

const everything: Offers = { eightBitMime: true, smtputf8: true, dsn: true }

export class ScriptedReceiver implements Receiver {
  readonly seen: Seen[] = []
  readonly #behaviour: Behaviour

  constructor(behaviour: Behaviour) {
    this.#behaviour = behaviour
  }

  offers(): Offers {
    return everything
  }

  begin(sender: Sender, peer: Peer, client: Client | undefined): Visit | Reply {
    const refusal = this.#behaviour.begin?.(sender)
    if (refusal !== undefined) return refusal
    const seen: Seen = { sender, peer, client, recipients: [], message: undefined, isAbandoned: false }
    this.seen.push(seen)
    return {
      rcpt: (recipient, answer) => {
        seen.recipients.push(recipient)
        if (this.#behaviour.rcpt === undefined) answer(reply(250, '2.1.5', recipient.path))
        else this.#behaviour.rcpt(recipient, answer)
      },
      omittable: () => this.#behaviour.omittable?.() ?? nothing,
      receive: (message, accepted, ledger) => {
        if (this.#behaviour.receive !== undefined) this.#behaviour.receive(message, accepted, ledger)
        else void this.#store(seen, message, ledger)
      },
      abandon: () => {
        seen.isAbandoned = true
      },
    }
  }

  async #store(seen: Seen, message: Message | NoMessage, ledger: Ledger): Promise<void> {
    seen.message = typeof message === 'string' ? message : await contentOf(message)
    const text = typeof message === 'string' ? message : 'saved'
    for (let slot = 0; slot < ledger.size; slot += 1) ledger.settle(slot, reply(250, '2.0.0', `${slot} ${text}`))
  }
}

/** All octets as latin1; the message is given back. */
export async function contentOf(message: Message): Promise<string> {
  let content = ''
  for await (const piece of message.pieces(nothing)) content += Buffer.from(piece).toString('latin1')
  message.discard()
  return content
}

/** The sockets that the front was given, to look at from behind. */
class WatchedFront extends Front {
  readonly sockets: Socket[] = []
  readonly writes: number[] = []

  override connect(...args: Parameters<Front['connect']>): void {
    const [socket] = args
    const write = socket.write.bind(socket) as (...all: unknown[]) => boolean
    socket.write = (...all: unknown[]) => {
      this.writes.push(String(all[0]).length)
      return write(...all)
    }
    this.sockets.push(socket)
    super.connect(...args)
  }
}

export type TestFront = {
  readonly endpoint: Endpoint
  readonly clock: FakeClock
  readonly receiver: ScriptedReceiver
  readonly front: WatchedFront
}

/** It ends with the test: `afterEach(cleanUp)`. `proxies`: load balancers, if they alone connect. */
export async function startFront(
  behaviour: Behaviour = {},
  options: Partial<FrontOptions> = {},
  proxies?: readonly string[],
): Promise<TestFront> {
  const folder = mkdtempSync(join(tmpdir(), 'lmtp-gate-front-'))
  const clock = new FakeClock()
  const receiver = new ScriptedReceiver(behaviour)
  const front = new WatchedFront({
    name: 'gate.example',
    receiver,
    spool: new Spool({ folder, memory: 100_000, total: 100_000, limit: 10_000_000 }),
    recipients: 1000,
    strayNewlines: 'normalize',
    clock,
    idle: 300_000,
    trust: ['127.0.0.0/8'],
    sessions: 100,
    onError: () => undefined,
    ...options,
  })
  const listening = await front.open({ kind: 'inet', host: '127.0.0.1', port: 0, ...(proxies && { proxies }) })
  if (listening.kind !== 'inet') throw new Error('listens elsewhere')
  later(async () => {
    const drained = front.drain()
    for (const socket of front.sockets) socket.destroy()
    await drained
    rmSync(folder, { recursive: true, force: true })
  })
  return { endpoint: listening, clock, receiver, front }
}
