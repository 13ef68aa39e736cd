/**
 * Every fault of the next hop at every stage, with CHUNKING and without, once and for good; one assertion for all: N replies, in order, none
 * positive that was not earned, the session goes on, the next transaction on it is right (WIRE 26, 29, 30, 35, 38, 39, 40, 41, 43).
 */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { cleanUp, later } from '../support/cleanup.ts'
import { Client } from '../support/client.ts'
import { FakeClock } from '../support/clock.ts'
import { startGate } from '../support/gate.ts'
import { ModelHop, kindly } from '../support/model-hop.ts'
import type { Place, Stage } from '../support/model-hop.ts'
import { passWhileNothingHappens } from '../support/passing.ts'
import { check } from './earned.ts'
import type { Replies } from './earned.ts'
import { faults } from './faults.ts'

afterEach(cleanUp)

/** `nobody` is refused at RCPT, `full` after the data; one recipient is repeated. */
const paths = ['u1@example.org', 'nobody@example.org', 'full@example.org', 'u1@example.org'] as const
const fates = {
  ...kindly,
  rcpt: (path: string) => (path.startsWith('nobody') ? '550 5.1.1 unknown #' : '250 2.1.5 ok #'),
  final: (path: string) => (path.startsWith('full') ? '452 4.2.2 full #' : '250 2.0.0 saved #'),
}

const places: readonly Place[] = [
  { stage: 'greeting', index: 0 },
  { stage: 'LHLO', index: 0 },
  { stage: 'MAIL', index: 0 },
  { stage: 'RCPT', index: 0 },
  { stage: 'RCPT', index: 1 },
  { stage: 'RCPT', index: 3 },
  { stage: 'DATA', index: 0 },
  { stage: 'mid-message', index: 0 },
  { stage: 'final', index: 0 },
  { stage: 'final', index: 1 },
  { stage: 'final', index: 2 },
]

const chunking = ['PIPELINING', '8BITMIME', 'ENHANCEDSTATUSCODES', 'CHUNKING']
const ways: readonly { name: string; offers: readonly string[]; times: readonly ('once' | 'always')[] }[] = [
  { name: 'with BDAT', offers: chunking, times: ['once', 'always'] },
  { name: 'with DATA', offers: chunking.slice(0, -1), times: ['once', 'always'] },
  { name: 'one command at a time', offers: [], times: ['once'] },
]

/** Why a fault makes no sense at a stage; undefined: it does. */
function senseless(fault: string, stage: Stage, offers: readonly string[]): string | undefined {
  if (stage === 'DATA' && offers.includes('CHUNKING')) return 'there is no DATA'
  if (stage === 'mid-message') {
    if (
      /reply in single|in one packet|part of a reply|behind its reply|next reply already|too (few|many)|refus/.test(
        fault,
      )
    )
      return 'no reply is due in the middle of a message'
  } else if (stage !== 'DATA' && fault === 'says final replies already') return 'that is a reply too many'
  return undefined
}

describe('a next hop that', () => {
  for (const fault of Object.keys(faults))
    describe(fault, () => {
      for (const place of places)
        for (const way of ways)
          for (const times of way.times) {
            const reason = senseless(fault, place.stage, way.offers)
            if (reason !== undefined) continue
            const where =
              place.stage === 'RCPT' || place.stage === 'final' ? `${place.stage} ${place.index}` : place.stage
            it(`at ${where}, ${way.name}, ${times}`, async () => {
              await tryOut(fault, place, way.offers, times)
            })
          }
    })

  it('refuses connections', async () => {
    const { hop, client, clock } = await start(chunking, true)
    hop.refuse()
    const replies = await deliver(client, hop, clock, false)
    assert.ok(replies.rcpts.every(({ lines }) => lines[0]?.startsWith('451 4.4.1 ')))
    await hop.listen()
    await nextIsRight(client, hop, clock)
  })
})

async function tryOut(name: string, place: Place, offers: readonly string[], times: 'once' | 'always'): Promise<void> {
  const fault = faults[name]
  assert.ok(fault)
  // The greeting of the connection that learns what is offered comes before; it is not the one to err.
  const { hop, client, clock } = await start(offers, place.stage === 'greeting' || place.stage === 'LHLO')
  let left = times === 'once' ? 1 : Infinity
  hop.fault = ({ stage, index }) => {
    if (stage !== place.stage || index !== place.index || left === 0) return undefined
    left -= 1
    return fault
  }
  const replies = await deliver(client, hop, clock, place.stage === 'mid-message')
  // An answer left out of or put in among those that are due cannot be told from the right one (LMTP's replies name nobody): those behind
  // it are taken for those before. What remains: N replies, each of them said by somebody, and the connection is never used again.
  const isShifted = /too (?:few|many)|next reply already/.test(name)
  check(replies, paths, hop, isShifted)
  hop.fault = () => undefined
  await nextIsRight(client, hop, clock)
}

/** `anew`: the connection on which the gate asked what is offered is closed. */
async function start(
  offers: readonly string[],
  anew: boolean,
): Promise<{ hop: ModelHop; client: Client; clock: FakeClock }> {
  const hop = new ModelHop('unix', offers)
  hop.fates = fates
  await hop.listen()
  later(() => hop.close())
  const clock = new FakeClock()
  const settings = new Map([['spool.memory', '8MB']])
  const gate = await startGate({ nextHops: [hop.endpoint], clock, settings })
  later(() => gate.close())
  // Before the gate, which would wait for replies.
  later(() => hop.close())
  if (anew) for (const peer of hop.peers) peer.close()
  return { hop, client: await Client.greet(gate.endpoint), clock }
}

/** More than a Unix socket keeps while nobody reads. */
const large = `${'0123456789'.repeat(7)}\r\n`.repeat(10_000)

async function deliver(client: Client, hop: ModelHop, clock: FakeClock, isLarge: boolean): Promise<Replies> {
  const asked = async <T>(replies: Promise<T>): Promise<T> =>
    passWhileNothingHappens(replies, clock, () => hop.activity)
  client.say('MAIL FROM:<a@example.net>', ...paths.map(path => `RCPT TO:<${path}>`), 'DATA')
  await client.expect(250)
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

async function nextIsRight(client: Client, hop: ModelHop, clock: FakeClock): Promise<void> {
  const before = hop.finals.length
  const replies = await deliver(client, hop, clock, false)
  const said = hop.finals.slice(before)
  assert.deepEqual(
    replies.rcpts.map(({ code }) => code),
    [250, 550, 250, 250],
    'the next transaction',
  )
  assert.deepEqual(
    replies.finals.map(({ lines }) => lines[0]),
    said.map(({ line }) => line),
  )
  assert.deepEqual(
    said.map(({ path }) => path),
    ['u1@example.org', 'full@example.org', 'u1@example.org'],
  )
}
