/** The parts of which the processes are made. */
import assert from 'node:assert/strict'
import { Socket } from 'node:net'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Family } from '../../../src/watch/metrics/family.ts'
import { counter, gauge } from '../../../src/watch/metrics/family.ts'
import { exposition } from '../../../src/watch/metrics/exposition.ts'
import { BackOff } from '../../../src/workers/back-off.ts'
import { Departures } from '../../../src/workers/departures.ts'
import { HandOver } from '../../../src/workers/hand-over.ts'
import type { Taker } from '../../../src/workers/hand-over.ts'
import { partOf } from '../../../src/workers/share.ts'
import { Sums } from '../../../src/workers/sums.ts'
import { WholeLines } from '../../../src/workers/whole-lines.ts'
import type { Connection } from '../../../src/workers/worker-process.ts'
import { FakeClock } from '../../support/clock.ts'
import { readMetrics } from '../../support/prometheus.ts'

describe('the parts of a limit', () => {
  it('come to the limit, and differ by one at most', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.integer({ min: 1, max: 64 }), (limit, workers) => {
        const parts = Array.from({ length: workers }, (_, slot) => partOf(limit, { workers, slot }))
        assert.equal(
          parts.reduce((sum, part) => sum + part, 0),
          limit,
        )
        assert.ok(Math.max(...parts) - Math.min(...parts) <= 1)
      }),
    )
  })
})

describe('the pause before a worker is replaced', () => {
  it('grows while they die young, and is short again after one that lived', () => {
    const backOff = new BackOff()
    const pauses = Array.from({ length: 10 }, () => backOff.next(1000))
    assert.deepEqual(pauses, [200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000])
    assert.equal(backOff.next(60_000), 200)
    assert.equal(backOff.next(0), 400)
  })
})

describe('whole lines', () => {
  it('come out as they went in, however they were cut; what has no end stays', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'bc', '\n', 'd\ne', '\n\n')), pieces => {
        const out: string[] = []
        const lines = new WholeLines(text => out.push(text))
        for (const piece of pieces) lines.add(piece)
        const all = pieces.join('')
        assert.equal(out.join(''), all.slice(0, all.lastIndexOf('\n') + 1))
        for (const text of out) assert.match(text, /\n$/)
      }),
    )
  })
})

describe('connections that ended', () => {
  it('are told of together, none twice', () => {
    const clock = new FakeClock()
    const told: number[] = []
    const departures = new Departures(clock, count => told.push(count))
    departures.add()
    departures.add()
    clock.advance(1000)
    assert.deepEqual(told, [2])
    departures.add()
    clock.advance(1000)
    assert.deepEqual(told, [2, 1])
    assert.equal(clock.timers, 0)
  })
})

type FakeTaker = Taker & { isReady: boolean; readonly has: number[] }

function taker(): FakeTaker {
  const has: number[] = []
  return {
    isReady: true,
    has,
    get connections() {
      return has.length
    },
    hand: ({ endpoint }) => has.push(endpoint),
  }
}

/** Told apart by their endpoints. */
function connection(endpoint: number): Connection {
  return { endpoint, socket: new Socket() }
}

describe('handing over', () => {
  it('goes to who has the fewest, and to equals by turns', () => {
    const handOver = new HandOver(10, () => assert.fail('refused'))
    const [a, b] = [taker(), taker()]
    handOver.add(a)
    handOver.add(b)
    for (const n of [1, 2, 3, 4]) handOver.give(connection(n))
    assert.deepEqual([a.has, b.has], [[1, 3], [2, 4]]) // prettier-ignore
    b.has.length = 0
    for (const n of [5, 6]) handOver.give(connection(n))
    assert.deepEqual(b.has, [5, 6])
    a.has.length = 0
    b.isReady = true
    a.isReady = false
    handOver.give(connection(7))
    assert.deepEqual([a.has, b.has], [[], [5, 6, 7]])
  })

  it('waits for who can take, so many and no more', () => {
    const refused: number[] = []
    const handOver = new HandOver(2, ({ endpoint }) => refused.push(endpoint))
    for (const n of [1, 2, 3]) handOver.give(connection(n))
    assert.deepEqual(refused, [3])
    const a = taker()
    handOver.add(a)
    assert.deepEqual(a.has, [1, 2])
  })

  it('gives to others what the dead had not taken', () => {
    const handOver = new HandOver(2, () => assert.fail('refused'))
    const [a, b] = [taker(), taker()]
    handOver.add(a)
    handOver.remove(a, [connection(1)])
    handOver.add(b)
    assert.deepEqual(b.has, [1])
  })

  it('refuses everybody at the end', () => {
    const refused: number[] = []
    const handOver = new HandOver(2, ({ endpoint }) => refused.push(endpoint))
    handOver.give(connection(1))
    handOver.close()
    const a = taker()
    handOver.add(a)
    handOver.give(connection(2))
    handOver.remove(a, [connection(3)])
    assert.deepEqual([refused, a.has], [[1, 2, 3], []])
  })
})

describe('the sum over workers', () => {
  const says = (taken: number, refused: number, open: number): readonly Family[] => [
    counter('x_total', 'X.', [
      { labels: { result: 'taken' }, value: taken },
      { labels: { result: 'refused' }, value: refused },
    ]),
    gauge('open', 'Open.', open),
    gauge('up', 'Up.', open > 0 ? 1 : 0, 'min'),
  ]
  const read = async (sums: Sums<string>): Promise<Record<string, number>> => {
    const metrics = readMetrics(await exposition(sums.all()))
    return Object.fromEntries(
      [...metrics.values()].flatMap(({ samples }) => [...samples].map(([key, { value }]) => [key, value] as const)),
    )
  }

  it('keeps what the dead have counted, and forgets what was only true of them', async () => {
    const sums = new Sums<string>()
    sums.heard('a', says(1, 0, 5))
    sums.heard('b', says(10, 3, 7))
    sums.heard('a', says(2, 0, 5))
    const before = { 'x_total{result="taken"}': 12, 'x_total{result="refused"}': 3, open: 12, up: 1 }
    assert.deepEqual(await read(sums), before)
    sums.gone('a')
    assert.deepEqual(await read(sums), { ...before, open: 7 })
    sums.heard('c', says(100, 0, 0))
    sums.gone('c')
    sums.gone('c')
    sums.gone('never heard of')
    assert.deepEqual(await read(sums), { ...before, 'x_total{result="taken"}': 112, open: 7 })
  })
})
