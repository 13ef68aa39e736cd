/** A session through a gate whose next hop may err; time passes only while nothing else happens. */
import assert from 'node:assert/strict'
import { later } from '../support/cleanup.ts'
import { Client } from '../support/client.ts'
import { FakeClock } from '../support/clock.ts'
import { startGate } from '../support/gate.ts'
import { ModelHop } from '../support/model-hop.ts'
import type { Fates } from '../support/model-hop.ts'
import { passWhileNothingHappens } from '../support/passing.ts'
import type { Replies } from './earned.ts'

export type FaultySession = { readonly hop: ModelHop; readonly client: Client; readonly clock: FakeClock }

export type FaultyOptions = {
  readonly offers: readonly string[]
  readonly fates: Fates
  /** Only TCP knows RST; only a Unix socket is full after so little. */
  readonly kind: 'unix' | 'inet'
  readonly rules?: string
}

export async function startSession({ offers, fates, kind, rules }: FaultyOptions): Promise<FaultySession> {
  const hop = new ModelHop(kind, offers)
  hop.fates = fates
  await hop.listen()
  later(() => hop.close())
  const clock = new FakeClock()
  const gate = await startGate({
    nextHops: [hop.endpoint],
    clock,
    settings: new Map([['spool.memory', '8MB']]),
    rules: new Map([['default.yaml', rules ?? '']]),
  })
  later(() => gate.close())
  // Before the gate, which would wait for replies.
  later(() => hop.close())
  return { hop, client: await Client.greet(gate.endpoint), clock }
}

/** More than a Unix socket keeps while nobody reads. */
const large = `${'0123456789'.repeat(7)}\r\n`.repeat(10_000)

/** One transaction. Throws unless N replies come for N accepted recipients, before the client gives up, and nothing behind them. */
export async function deliver(
  { client, hop, clock }: FaultySession,
  paths: readonly string[],
  isLarge: boolean,
): Promise<Replies> {
  const asked = async <T>(replies: Promise<T>): Promise<T> =>
    passWhileNothingHappens(replies, clock, () => hop.activity + client.peer.unreadSize)
  client.say('MAIL FROM:<a@example.net>', ...paths.map(path => `RCPT TO:<${path}>`), 'DATA')
  assert.equal((await asked(client.reply())).code, 250)
  const rcpts = await asked(client.replies(paths.length))
  const { code } = await asked(client.reply())
  const accepted = rcpts.filter(reply => reply.code < 300).length
  if (accepted === 0) {
    assert.equal(code, 503, 'DATA with no recipient')
    assert.equal((await client.ask('RSET')).code, 250)
    return { rcpts, finals: [] }
  }
  assert.equal(code, 354)
  const began = clock.now()
  client.peer.send(`Subject: fault\r\n\r\n${isLarge ? large : ''}.\r\nNOOP\r\n`)
  const finals = await asked(client.replies(accepted))
  assert.ok(clock.now() - began < 600_000, 'the client has given up meanwhile')
  const { lines } = await asked(client.reply())
  assert.match(lines[0] ?? '', /^250 2\.0\.0 Ok$/, 'the reply to NOOP comes behind exactly N replies')
  assert.equal(client.peer.unread, '')
  return { rcpts, finals }
}
