/**
 * Random sessions against a model: a next hop whose every answer names the recipient's number, and a prediction of each reply (WIRE 7, 15, 18,
 * 19, 21, 23, 26, 32, 44, 45, 47; invariants 1, 2, 6).
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { cleanUp, later } from '../support/cleanup.ts'
import { Client } from '../support/client.ts'
import { FakeClock } from '../support/clock.ts'
import { startGate } from '../support/gate.ts'
import type { TestGate } from '../support/gate.ts'
import { ModelHop } from '../support/model-hop.ts'
import type { Fates } from '../support/model-hop.ts'
import type { Peer } from '../support/peer.ts'
import { modelRules, predict, wishes } from '../support/session-model.ts'
import type { ModelTransaction } from '../support/session-model.ts'
import { patiently } from '../support/turns.ts'

/** Every answer carries path, number and sender, so that none can stand for another. */
function fatesOf(seed: number): Fates {
  const roll = (...what: readonly (string | number)[]): number => hash(`${seed} ${what.join(' ')}`) % 12
  return {
    mail: sender => (roll('mail', sender) === 0 ? `451 4.1.8 sender ${sender}` : `250 2.1.0 sender ${sender}`),
    rcpt: (path, nth, sender) => {
      const words = `rcpt ${path} ${nth} of ${sender}`
      const rolled = roll(words)
      if (rolled === 0) return `451 4.2.1 ${words}`
      // A folder refused for good would be tried again under the plain address.
      return rolled === 1 && !path.includes('+') ? `550 5.1.1 ${words}` : `250 2.1.5 ${words}`
    },
    final: (path, nth, sender) => {
      const words = `final ${path} ${nth} of ${sender}`
      const rolled = roll(words)
      if (rolled < 2) return `452 4.2.2 ${words}`
      return rolled === 2 ? `552 5.2.2 ${words}` : `250 2.0.0 ${words}`
    },
  }
}

const recipient = fc.tuple(fc.constantFrom(...wishes), fc.nat({ max: 1 })).map(([wish, n]) => `${wish}${n}@example.org`)
const line = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: fc.constantFrom('a', '.', ' ', '\t', '\0', '\xff', '-'), maxLength: 12 }) },
  { weight: 1, arbitrary: fc.constantFrom('.', '..', 'QUIT', 'MAIL FROM:<x@y>', 'y'.repeat(600)) },
)
const transaction = fc.record({
  recipients: fc.array(recipient, { minLength: 1, maxLength: 8 }),
  lines: fc.array(line, { maxLength: 6 }),
  form: fc.constantFrom('DATA' as const, 'BDAT' as const),
  isAbandoned: fc.nat({ max: 4 }).map(rolled => rolled === 0),
  isSlow: fc.nat({ max: 4 }).map(rolled => rolled === 0),
  how: fc.constantFrom('RSET', 'LHLO again'),
  chunks: fc.array(fc.nat({ max: 40 }), { maxLength: 4 }),
})
type Drawn = ModelTransaction & { readonly how: string; readonly chunks: readonly number[] }
const session = fc.array(transaction, { minLength: 1, maxLength: 4 })
/** How octets are cut into packets, over and over. */
const cuts = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 })

const offers = ['PIPELINING', '8BITMIME', 'ENHANCEDSTATUSCODES']
describe('random sessions, on with BDAT', () => sessionsWith([...offers, 'CHUNKING']))
describe('random sessions, on with DATA', () => sessionsWith(offers))

function sessionsWith(offered: readonly string[]): void {
  let hop: ModelHop
  let gate: TestGate
  const clock = new FakeClock()
  let sessions = 0

  before(async () => {
    hop = new ModelHop('unix', offered)
    await hop.listen()
    const settings = new Map([['next_hop_connections', '2']])
    const rules = new Map([['default.yaml', modelRules]])
    gate = await startGate({ nextHops: [hop.endpoint], clock, settings, rules })
    later(() => gate.close())
    later(() => hop.close())
  })
  after(cleanUp)

  const property = (count: number, numRuns: number): (() => Promise<void>) => {
    const drawn = fc.array(session, { minLength: count, maxLength: count })
    const run = async (
      all: readonly (readonly Omit<Drawn, 'sender'>[])[],
      seed: number,
      ours: number[],
      theirs: number[],
    ) => {
      hop.fates = fatesOf(seed)
      hop.send = sendCut(theirs)
      hop.said.length = 0
      await Promise.all(
        all.map(async transactions => {
          sessions += 1
          const number = sessions
          const named = transactions.map((each, i) => ({
            ...each,
            // Time is everybody's: who lets it pass must be alone.
            isSlow: each.isSlow && count === 1,
            sender: `s${number}t${i}@example.net`,
          }))
          await talk({ gate, hop, clock }, named, ours)
        }),
      )
      assert.deepEqual(hop.amiss.splice(0), [])
    }
    return () => fc.assert(fc.asyncProperty(drawn, fc.nat(), cuts, cuts, run), { numRuns, endOnFailure: false })
  }

  it('get the predicted reply to every command, alone', property(1, 150))
  it('get it three at a time over two connections', property(3, 40))
}

type Stage = { readonly gate: TestGate; readonly hop: ModelHop; readonly clock: FakeClock }

/** One session; its last message and QUIT go together. */
async function talk(
  { gate, hop, clock }: Stage,
  transactions: readonly Drawn[],
  ours: readonly number[],
): Promise<void> {
  const client = await Client.greet(gate.endpoint)
  const send = sendCut(ours)
  for (const [i, drawn] of transactions.entries()) {
    const isLast = i === transactions.length - 1
    const { rcpts, accepted, finals, copies } = predict(drawn, hop.fates)
    const open = [`MAIL FROM:<${drawn.sender}>`, ...drawn.recipients.map(path => `RCPT TO:<${path}>`)]
    const lines = [`X-Number: ${drawn.sender}`, '', ...drawn.lines]
    const chunks = drawn.form === 'BDAT' && !drawn.isAbandoned ? inChunks(lines, drawn.chunks) : []
    const ask = drawn.isAbandoned || drawn.form === 'BDAT' ? '' : 'DATA\r\n'
    const commands = open.map(command => `${command}\r\n`).join('')
    await send(client.peer, drawn.isSlow ? commands : `${commands}${ask}${chunks.join('')}`)
    await expectReplies(client, ['250 2.1.0 ', ...rcpts])
    if (drawn.isSlow) {
      await clock.pass(10_000)
      await send(client.peer, `${ask}${chunks.join('')}`)
    }
    const goesOn = !drawn.isAbandoned && accepted.length > 0
    if (goesOn && ask !== '') {
      await expectReplies(client, ['354 '])
      const stuffed = lines.map(text => (text.startsWith('.') ? `.${text}` : text))
      await send(client.peer, `${stuffed.map(text => `${text}\r\n`).join('')}.\r\n${isLast ? 'QUIT\r\n' : ''}`)
    } else if (goesOn) {
      await expectReplies(
        client,
        chunks.slice(1).map(() => '250 2.0.0 '),
      )
    } else {
      await expectReplies(
        client,
        drawn.isAbandoned ? [] : drawn.form === 'DATA' ? ['503 5.5.1 '] : chunks.map(() => '503 5.5.1 '),
      )
      await send(client.peer, `${drawn.how}\r\n`)
      assert.equal((await client.reply()).code, 250)
    }
    if (goesOn) await expectReplies(client, finals)
    const stored = hop.finals.filter(({ line: text }) => text.endsWith(`of ${drawn.sender}`))
    assert.deepEqual(
      stored.map(({ path }) => path),
      goesOn ? copies : [],
      'who got a copy',
    )
    for (const { message } of stored)
      assert.ok(message.endsWith(`\r\n${lines.map(text => `${text}\r\n`).join('')}`), 'bytes')
    if (isLast && !(goesOn && ask !== '')) client.say('QUIT')
  }
  await expectReplies(client, ['221 2.0.0 '])
  assert.equal(await client.peer.end(), '', 'nothing behind the last reply')
}

async function expectReplies(client: Client, expected: readonly string[]): Promise<void> {
  for (const start of expected) {
    const { lines } = await client.reply()
    const isOurs = start.endsWith(' ')
    if (!(isOurs ? lines[0]?.startsWith(start) : lines.join() === start))
      assert.fail(`expected ${start}, got ${lines.join()}`)
  }
}

/** BDAT commands with their octets; the last chunk is marked. */
function inChunks(lines: readonly string[], sizes: readonly number[]): string[] {
  let rest = lines.map(text => `${text}\r\n`).join('')
  const chunks = sizes.map(size => {
    const piece = rest.slice(0, size)
    rest = rest.slice(size)
    return `BDAT ${piece.length}\r\n${piece}`
  })
  return [...chunks, `BDAT ${rest.length} LAST\r\n${rest}`]
}

/** Sends octets cut into packets of these sizes, in turn. */
function sendCut(sizes: readonly number[]): (peer: Peer, octets: string) => Promise<void> {
  let turn = 0
  const send = async (peer: Peer, octets: string): Promise<void> => {
    for (let at = 0; at < octets.length;) {
      const size = sizes[turn % sizes.length] ?? 1
      turn += 1
      peer.send(octets.slice(at, at + size))
      at += size
      if (at < octets.length) await new Promise<void>(resolve => setImmediate(resolve))
    }
  }
  return (peer, octets) => patiently(send(peer, octets), () => 'cannot send')
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0
  return (value ^ (value >>> 15)) >>> 0
}
