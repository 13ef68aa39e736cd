/** Random transactions with a model of a correct next hop that puts each recipient's number into every reply about him. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { systemClock } from '../../src/clock.ts'
import { NextHop } from '../../src/deliver/next-hop.ts'
import type { Outcome } from '../../src/deliver/outcome.ts'
import type { Recipient } from '../../src/transaction.ts'
import { offerTo } from '../support/offering.ts'
import { messageOf, recipientOf, senderOf } from '../support/scripted-server.ts'
import { codeOf, mailCodeOf, TaggingModel, type World } from '../support/tagging-model.ts'

/** The codes that the model will answer with: at RCPT, in the end, and at RCPT when he is re-addressed to a folder (0: he is not). */
type Fate = { readonly rcpt: number; readonly final: number; readonly folder: number; readonly group: number }
type Trip = {
  readonly mail: number
  readonly fates: readonly Fate[]
  readonly rest: boolean
  readonly offered: boolean
}
type Seen = { readonly sender: string; readonly recipient: Recipient; readonly id: string; readonly outcome: Outcome }

/** One transaction from RCPT to the last final reply; notes what each recipient of each group was told. */
async function travel(hop: NextHop, trip: Trip, number: number, seen: Seen[]): Promise<void> {
  const sender = `s${number}_${trip.mail}@x`
  const downstream = hop.begin(senderOf(sender))
  const all = trip.fates.map((fate, i) => {
    const { rcpt, final, folder } = fate
    return { fate, recipient: recipientOf(`r${number}.${i}_${rcpt}_${final}_${folder}@x`) }
  })
  const offers = trip.offered ? await Promise.all(all.map(({ recipient }) => offerTo(downstream, recipient))) : []
  for (const [i, outcome] of offers.entries()) checkAnswer(sender, all[i]!.recipient.path, outcome, undefined)
  if (trip.rest) downstream.rest()
  const taken = all.filter((_, i) => !trip.offered || isPositive(offers[i]!))
  const groups = [0, 1, 2]
    .map(group => taken.filter(({ fate }) => fate.group === group))
    .filter(({ length }) => length > 0)
  const told = groups.map(() => new Map<number, Outcome>())
  const time = systemClock.now()
  await downstream.deliver(
    groups.map((members, group) => ({
      recipients: members.map(({ fate, recipient: { path }, recipient }) => ({
        recipient,
        path: fate.folder === 0 ? path : path.replace('@', '+f@'),
      })),
      prefix: Buffer.from(`Id: m${number}.${group}\r\n`),
      message: messageOf(['a: b\r\n', '\r\n.dot\r\n', '..\r\nthe end\r\n']),
      omit: new Set(),
    })),
    { start: time + 60_000, end: time + 60_000 },
    (index, outcome, group) => {
      assert.ok(told[group]?.has(index) === false, `recipient ${index} of group ${group} was told twice`)
      told[group].set(index, outcome)
      seen.push({ sender, recipient: groups[group]![index]!.recipient, id: `m${number}.${group}`, outcome })
    },
  )
  for (const [group, members] of groups.entries()) assert.equal(told[group]!.size, members.length)
  downstream.release()
}

function isPositive(outcome: Outcome): boolean {
  return outcome.kind === 'answered' && outcome.reply.code < 300
}

/** An answer is about this recipient, and about this message if it is a final one. */
function checkAnswer(sender: string, path: string, outcome: Outcome, id: string | undefined): void {
  if (outcome.kind !== 'answered') return
  const plain = plainPath(outcome.reply.lines.join(' '))
  if (outcome.at === 'end of data') {
    assert.equal(plain, `${path} ${id ?? 'none'}`)
    assert.equal(outcome.reply.code, codeOf(path, 'final'))
  } else if (outcome.at === 'RCPT') {
    assert.equal(plain, path)
    assert.equal(outcome.reply.code, codeOf(path, 'rcpt'))
  } else if (outcome.at === 'MAIL') {
    assert.equal(plain, sender)
    assert.equal(outcome.reply.code, mailCodeOf(sender))
  } else assert.fail(`the model refuses nobody at ${outcome.at}`)
}

const code = fc.constantFrom(250, 250, 250, 450, 550)
const fate = fc.record({
  rcpt: code,
  final: code,
  folder: fc.constantFrom(0, 0, 0, 250, 550),
  group: fc.constantFrom(0, 0, 0, 1, 2),
})
const trip = fc.record({
  mail: fc.constantFrom(250, 250, 250, 250, 451, 550),
  fates: fc.array(fate, { minLength: 1, maxLength: 6 }),
  rest: fc.boolean(),
  offered: fc.constantFrom(true, true, true, false),
})
const world = fc.record({
  pipelining: fc.constantFrom(true, true, true, false),
  chunking: fc.boolean(),
  goesAhead: fc.boolean(),
  pieces: fc.constantFrom(0, 0, 0, 1, 7),
  lives: fc.array(fc.integer({ min: 1, max: 25 }), { maxLength: 4 }),
})

describe('deliveries', () => {
  it('tell each recipient once, what the next hop said of him and of this message, and store nothing twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        world,
        fc.array(trip, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async (place, trips, together) => {
          const model = new TaggingModel(place)
          const port = await model.listen()
          const hop = new NextHop({
            endpoints: [{ kind: 'inet', host: '127.0.0.1', port }],
            connections: 2,
            name: 'gate',
            clock: systemClock,
            onEvent: () => undefined,
          })
          try {
            const seen: Seen[] = []
            if (together) await Promise.all(trips.map((each, i) => travel(hop, each, i, seen)))
            else for (const [i, each] of trips.entries()) await travel(hop, each, i, seen)
            check(model, seen, place)
          } finally {
            model.close()
            await hop.close()
          }
        },
      ),
      { numRuns: 300 },
    )
  })
})

function check(model: TaggingModel, seen: readonly Seen[], { lives }: World): void {
  assert.deepEqual(model.faults, [])
  for (const { path, id } of model.stored)
    assert.ok(
      seen.some(each => each.id === id && each.recipient.path === plainPath(path)),
      `${path} was not to get ${id}`,
    )
  for (const { sender, recipient, id, outcome } of seen) {
    checkAnswer(sender, recipient.path, outcome, id)
    const times = model.stored.filter(each => each.id === id && plainPath(each.path) === recipient.path).length
    assert.ok(times <= 1, `${recipient.path} has ${id} twice`)
    if (isPositive(outcome)) assert.equal(times, 1, `${recipient.path} was promised ${id}`)
    // What is stored and yet not confirmed is in doubt, and that is said.
    else if (times === 1) assert.ok(outcome.kind === 'unanswered' && outcome.at === 'end of data')
    if (lives.length === 0) assert.equal(outcome.kind, 'answered')
  }
}

function plainPath(path: string): string {
  return path.replace('+f@', '@')
}
