/** A next hop that errs once: all the same everybody is told once, gets nothing twice, and hears nobody else's refusal. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { DeliveryGroup } from '../../src/deliver/downstream.ts'
import { NextHop } from '../../src/deliver/next-hop.ts'
import type { Outcome } from '../../src/deliver/outcome.ts'
import type { Recipient } from '../../src/transaction.ts'
import { faults } from '../faults/faults.ts'
import { FakeClock } from '../support/clock.ts'
import { groupOf } from '../support/delivery.ts'
import { kindly, ModelHop, type Fault } from '../support/model-hop.ts'
import { passWhileNothingHappens } from '../support/passing.ts'
import { recipientOf, senderOf } from '../support/scripted-server.ts'
import { turns } from '../support/turns.ts'

const slips = {
  'keeps it back': () => Promise.resolve('kept back'),
  'says it twice': saysMore(reply => reply),
  'says one more behind it': saysMore(() => '250 2.0.0 extra'),
  closes: faults['closes']!,
  'says 421 and closes': faults['says 421 and closes']!,
} satisfies Readonly<Record<string, Fault>>

/** What the next hop says of him at RCPT and in the end, and the folder that his mail is for. */
type Person = { readonly rcpt: number; readonly final: number; readonly folder: '' | '+refused' | '+f\xfcr' }

/** `nth`: which reply at that stage is the wrong one, from 1; `isApart`: each reply comes in a packet of its own; `sizes`: of the groups, in turn. */
type Trip = {
  readonly people: readonly Person[]
  readonly sizes: readonly number[]
  readonly slip: keyof typeof slips
  readonly stage: 'RSET' | 'MAIL' | 'RCPT' | 'DATA' | 'final'
  readonly nth: number
  readonly isApart: boolean
}

type Told = { readonly path: string; readonly outcome: Outcome }
type Seen = { readonly offered: readonly Told[]; readonly delivered: readonly Told[]; readonly hop: ModelHop }

function saysMore(more: (reply: string) => string): Fault {
  return async (peer, reply, hop) => {
    await hop.send(peer, `${reply}\r\n`)
    await hop.send(peer, `${more(reply)}\r\n`)
    return 'said'
  }
}

/** It refuses whom it does not know, such as folders. */
function hopThatErrs({ people, slip, stage, nth, isApart }: Trip): ModelHop {
  const hop = new ModelHop('unix', ['8BITMIME', 'PIPELINING'])
  const known = new Map(people.map((person, i) => [pathOf(i), person]))
  hop.fates = {
    ...kindly,
    rcpt: path => `${known.get(path)?.rcpt ?? 550} #`,
    final: path => `${known.get(path)?.final ?? 550} #`,
  }
  let count = 0
  hop.fault = place => {
    if (place.stage === stage) count += 1
    return place.stage === stage && count === nth ? slips[slip] : undefined
  }
  hop.send = async (peer, octets) => {
    hop.activity += 1
    peer.send(octets)
    // What is sent without a pause is read at once.
    if (isApart) await turns(2)
  }
  return hop
}

/** All are offered; then those who were accepted are delivered. */
async function travel(trip: Trip): Promise<Seen> {
  const hop = hopThatErrs(trip)
  await hop.listen()
  const clock = new FakeClock()
  const endpoints = [hop.endpoint]
  const nextHop = new NextHop({ endpoints, connections: 4, name: 'gate', clock, onEvent: () => undefined })
  const settled = <T>(what: Promise<T>): Promise<T> => passWhileNothingHappens(what, clock, () => hop.activity)
  const downstream = nextHop.begin(senderOf('s@x', ['SMTPUTF8']))
  const offered: Told[] = []
  const delivered: Told[] = []
  try {
    const recipients = trip.people.map((_, i) => recipientOf(pathOf(i)))
    const offer = (recipient: Recipient): Promise<void> =>
      new Promise(resolve => {
        downstream.offer(recipient, outcome => {
          offered.push({ path: recipient.path, outcome })
          resolve()
        })
      })
    await settled(Promise.all(recipients.map(offer)))
    const groups = groupsOf(trip, recipients, acceptedOf(offered))
    const until = { start: clock.now() + 240_000, end: clock.now() + 570_000 }
    const tell = (index: number, outcome: Outcome, group: number): void => {
      delivered.push({ path: groups[group]!.recipients[index]!.recipient.path, outcome })
    }
    await settled(downstream.deliver(groups, until, tell))
    downstream.release()
  } finally {
    hop.close()
    const closed = nextHop.close()
    // Longer than anything is waited for.
    clock.advance(600_000)
    await closed
  }
  return { offered, delivered, hop }
}

function groupsOf(trip: Trip, recipients: readonly Recipient[], accepted: readonly string[]): DeliveryGroup[] {
  const left = recipients
    .map((recipient, i) => ({ recipient, path: recipient.path.replace('@', `${trip.people[i]!.folder}@`) }))
    .filter(({ recipient }) => accepted.includes(recipient.path))
  return trip.sizes
    .map(size => ({ ...groupOf([]), recipients: left.splice(0, size) }))
    .filter(group => group.recipients.length > 0)
}

function check(trip: Trip, { offered, delivered, hop }: Seen): void {
  assert.deepEqual(
    pathsOf(offered),
    trip.people.map((_, i) => pathOf(i)),
    'told once at RCPT',
  )
  assert.deepEqual(pathsOf(delivered), acceptedOf(offered), 'told once in the end')
  assert.deepEqual(hop.taken, [...new Set(hop.taken)], 'sent once')
  assert.deepEqual(hop.amiss, [])
  assert.ok(hop.peers.length <= 2, `${hop.peers.length} connections`)
  for (const path of acceptedOf(delivered))
    assert.ok(hop.taken.includes(path), `${path} was promised what was not sent`)
  const whose = (path: string): string[] => (isShifted(trip) ? [path, before(path)] : [path])
  // Who was accepted by mistake is asked about once more.
  for (const { path, outcome } of offered) if (!isPositive(outcome)) checkReply(outcome, whose(path))
  for (const { path, outcome } of delivered) if (!isByPlace(trip, outcome)) checkReply(outcome, [path])
}

/** Among the replies at RCPT is one too many, and the last of them comes when none is awaited: up to there, each was taken for the next recipient's. */
function isShifted(trip: Trip): boolean {
  const { stage, nth, people } = trip
  return isSurplusApart(trip) && ((stage === 'MAIL' && nth === 1) || (stage === 'RCPT' && nth < people.length))
}

/** A final reply behind the fault, whose place alone says whose it is. */
function isByPlace({ stage }: Trip, outcome: Outcome): boolean {
  return 'at' in outcome && outcome.at === 'end of data' && (stage === 'DATA' || stage === 'final')
}

function isSurplusApart({ slip, isApart }: Trip): boolean {
  return isApart && (slip === 'says it twice' || slip === 'says one more behind it')
}

function checkReply(outcome: Outcome, paths: readonly string[]): void {
  if (outcome.kind !== 'answered' || outcome.reply.code === 421) return
  const text = `${outcome.reply.code} ${outcome.reply.lines.join(' ')}`
  assert.ok(
    paths.some(path => text.includes(`<${path}>`)),
    `${paths.join()} heard at ${outcome.at}: ${text}`,
  )
}

function isPositive(outcome: Outcome): boolean {
  return outcome.kind === 'answered' && outcome.reply.code < 300
}

function acceptedOf(told: readonly Told[]): string[] {
  return pathsOf(told.filter(({ outcome }) => isPositive(outcome)))
}

function pathsOf(told: readonly Told[]): string[] {
  return told.map(({ path }) => path).sort()
}

function pathOf(index: number): string {
  return `r${index}@x`
}

function before(path: string): string {
  return pathOf(Number(path[1]) - 1)
}

const people = fc.array(
  fc.record<Person>({
    rcpt: fc.constantFrom(250, 250, 450, 550),
    final: fc.constantFrom(250, 250, 452, 552),
    folder: fc.constantFrom('', '', '+refused', '+f\xfcr'),
  }),
  { minLength: 5, maxLength: 5 },
)
const trip = fc.record<Trip>({
  people,
  sizes: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 5, maxLength: 5 }),
  slip: fc.constantFrom(...(Object.keys(slips) as (keyof typeof slips)[])),
  stage: fc.constantFrom('RSET', 'MAIL', 'RCPT', 'RCPT', 'RCPT', 'DATA', 'final', 'final'),
  nth: fc.integer({ min: 1, max: 6 }),
  isApart: fc.boolean(),
})

describe('one fault of a next hop that pipelines', () => {
  it('leaves nobody untold, sends nobody anything twice, and lets nobody hear the refusal of another', async () => {
    const run = async (each: Trip): Promise<void> => {
      check(each, await travel(each))
    }
    await fc.assert(fc.asyncProperty(trip, run), { numRuns: 300 })
  })
})
