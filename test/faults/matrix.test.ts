/**
 * Every fault of the next hop at every stage, with CHUNKING and without, once and for good; one assertion for all: N replies, in order, none
 * positive that was not earned, the session goes on, the next transaction on it is right (WIRE 26, 29, 30, 35, 38, 39, 40, 41, 43).
 */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { cleanUp } from '../support/cleanup.ts'
import { kindly } from '../support/model-hop.ts'
import type { Place } from '../support/model-hop.ts'
import { check } from './earned.ts'
import { faults, senseless } from './faults.ts'
import { deliver, startSession } from './faulty-session.ts'
import type { FaultySession } from './faulty-session.ts'

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
    const session = await startSession({ offers: chunking, fates, kind: 'unix' })
    const { hop } = session
    for (const peer of hop.peers) peer.close()
    hop.refuse()
    const replies = await deliver(session, paths, false)
    assert.ok(replies.rcpts.every(({ lines }) => lines[0]?.startsWith('451 4.4.1 ')))
    await hop.listen()
    await nextIsRight(session)
  })
})

async function tryOut(name: string, place: Place, offers: readonly string[], times: 'once' | 'always'): Promise<void> {
  const fault = faults[name]
  assert.ok(fault)
  const isLarge = place.stage === 'mid-message'
  // The greeting of the connection that learns what is offered comes before; it is not the one to err.
  const session = await startSession({ offers, fates, kind: name === 'resets' && !isLarge ? 'inet' : 'unix' })
  const { hop } = session
  if (place.stage === 'greeting' || place.stage === 'LHLO') for (const peer of hop.peers) peer.close()
  let left = times === 'once' ? 1 : Infinity
  hop.fault = ({ stage, index }) => {
    if (stage !== place.stage || index !== place.index || left === 0) return undefined
    left -= 1
    return fault
  }
  const replies = await deliver(session, paths, isLarge)
  // An answer left out of or put in among those that are due cannot be told from the right one (LMTP's replies name nobody): those behind
  // it are taken for those before. What remains: N replies, each of them said by somebody, and the connection is never used again.
  const isShifted = /too (?:few|many)|next reply already/.test(name)
  check(replies, paths, hop, isShifted)
  hop.fault = () => undefined
  await nextIsRight(session)
}

async function nextIsRight(session: FaultySession): Promise<void> {
  const { hop } = session
  const before = hop.finals.length
  const replies = await deliver(session, paths, false)
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
