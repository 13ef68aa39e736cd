/** What leaves the quarantine by itself, and what must not. */
import assert from 'node:assert/strict'
import { readdirSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { Quarantine } from '../../../src/deliver/quarantine.ts'
import type { QuarantineEntry } from '../../../src/deliver/quarantine.ts'
import { expire } from '../../../src/deliver/quarantine/expire.ts'
import type { Expired } from '../../../src/deliver/quarantine/expire.ts'
import { everyHour } from '../../../src/deliver/quarantine/hourly.ts'
import { Shelf } from '../../../src/deliver/quarantine/shelf.ts'
import { FakeClock } from '../../support/clock.ts'
import { entryFor } from '../../support/quarantine-entry.ts'
import { all, brokenAt, namesIn, quarantineFolders } from '../../support/quarantine.ts'
import { messageOf } from '../../support/scripted-server.ts'
import { turns } from '../../support/turns.ts'

const newFolder = quarantineFolders()
const day = 86_400_000
const hour = 3_600_000
const nothingDone: Expired = {
  old: 0,
  surplus: 0,
  leftovers: 0,
  givenBack: 0,
  left: 0,
  octets: 0,
  trouble: undefined,
}

/** A quarantine with a clock; `keep` gives the name of the entry. */
function bench() {
  const folder = newFolder()
  const clock = new FakeClock()
  const quarantine = new Quarantine(folder, clock)
  const keep = async (more: Partial<QuarantineEntry> = {}): Promise<string> => {
    const before = new Set(namesIn(folder))
    await quarantine.keep(entryFor('a@x', more))
    return namesIn(folder).find(name => !before.has(name)) ?? assert.fail('not kept')
  }
  const now = () => clock.date().getTime()
  return { folder, clock, keep, now, expire: (size = Infinity) => quarantine.expire(size, now()) }
}

describe('expiry', () => {
  it('is about nothing where there is nothing', async () => {
    assert.deepEqual(await bench().expire(), nothingDone)
  })

  it('removes each entry when its own time is over, not a moment before', async () => {
    const { folder, clock, keep, expire } = bench()
    const short = await keep({ keep: 2 * day })
    const usual = await keep()
    clock.advance(2 * day - 1)
    assert.equal((await expire()).left, 2)
    clock.advance(1)
    const { old, left } = await expire()
    assert.deepEqual([old, left, namesIn(folder).includes(short)], [1, 1, false])
    clock.advance(28 * day)
    assert.equal((await expire()).old, 1)
    assert.equal(namesIn(folder).includes(usual), false)
  })

  it('removes the oldest when all together are too big, and counts what they share once', async () => {
    const { folder, clock, keep, expire } = bench()
    const message = messageOf(['x'.repeat(100_000)])
    const oldest = await keep({ message })
    clock.advance(1)
    const shares = await keep({ message })
    clock.advance(1)
    const young = await keep({ message: messageOf(['y'.repeat(50_000)]) })
    const own = [oldest, shares, young].map(name => statSync(join(folder, name, 'entry.json')).size)
    const all = 150_000 + own.reduce((sum, size) => sum + size)
    assert.deepEqual(await expire(all), { ...nothingDone, left: 3, octets: all })
    const first = await expire(all - 1)
    assert.deepEqual([first.surplus, first.octets, namesIn(folder)], [1, all - (own[0] ?? 0), [shares, young].sort()])
    const second = await expire(149_999)
    assert.deepEqual([second.surplus, second.octets, namesIn(folder)], [1, 50_000 + (own[2] ?? 0), [young]])
  })

  it('sweeps what was never whole or is half deleted, but not what may still be written', async () => {
    const { folder, clock, keep, expire } = bench()
    const name = await keep()
    renameSync(join(folder, name), join(folder, `${name}.new`))
    rmSync(join(folder, `${name}.new`, 'entry.json'))
    const half = await keep()
    renameSync(join(folder, half), join(folder, `${half}.deleted`))
    assert.equal((await expire()).leftovers, 1)
    assert.deepEqual(namesIn(folder), [`${name}.new`])
    clock.advance(hour - 1)
    assert.equal((await expire()).leftovers, 0)
    clock.advance(1)
    assert.equal((await expire()).leftovers, 1)
    assert.deepEqual(namesIn(folder), [])
  })

  it('leaves what is being released, and gives back after an hour what is still away', async () => {
    const { folder, clock, keep, now, expire } = bench()
    const name = await keep({ keep: 1 })
    const shelf = new Shelf(folder)
    const [found] = await all(shelf.found())
    clock.advance(day)
    assert.ok(found !== undefined && (await shelf.take(found, new Date(now()))) !== undefined)
    clock.advance(hour - 1)
    assert.deepEqual(await expire(0), nothingDone)
    clock.advance(1)
    assert.deepEqual(await expire(0), { ...nothingDone, givenBack: 1 })
    assert.deepEqual(namesIn(folder), [name])
    assert.equal((await expire()).old, 1, 'it counts again as what it is')
  })

  it('touches nothing that is not ours', async () => {
    const { folder, clock, keep, expire } = bench()
    await keep({ keep: 1 })
    writeFileSync(join(folder, 'notes.txt'), 'x')
    writeFileSync(join(folder, `${'a'.repeat(32)}.eml`), 'x')
    clock.advance(100 * day)
    await expire(0)
    assert.equal(readdirSync(folder).length, 2)
  })

  it('lets an entry that cannot be read go after the usual time', async () => {
    const { folder, clock, keep, expire } = bench()
    truncateSync(join(folder, await keep({ keep: 1 }), 'entry.json'))
    clock.advance(30 * day - 1)
    assert.equal((await expire()).left, 1)
    clock.advance(1)
    assert.equal((await expire()).old, 1)
  })

  it('does the rest when something fails, and says so', async () => {
    const { folder, clock, keep, now } = bench()
    const stuck = await keep({ keep: 1 })
    await keep({ keep: 1 })
    clock.advance(day)
    const shelf = new Shelf(
      folder,
      brokenAt('rename', path => path.includes(stuck), 'EROFS'),
    )
    assert.deepEqual(await expire(shelf, Infinity, now()), { ...nothingDone, old: 1, trouble: 'EROFS' })
    assert.deepEqual(namesIn(folder), [stuck])
    assert.equal((await expire(new Shelf('/dev/null'), Infinity, now())).trouble, 'ENOTDIR')
  })
})

describe('every hour', () => {
  it('the gate cleans up, first after a minute, until it is stopped', async () => {
    const clock = new FakeClock()
    const runs: number[] = []
    const told: Expired[] = []
    const task = (now: number) => {
      runs.push(now - new Date('2026-11-22T06:00:00Z').getTime())
      return Promise.resolve(nothingDone)
    }
    const stop = everyHour(clock, task, expired => told.push(expired))
    await clock.pass(60_000)
    await clock.pass(2 * hour)
    assert.deepEqual(runs, [60_000, 60_000 + hour, 60_000 + 2 * hour])
    assert.equal(told.length, 3)
    stop()
    stop()
    assert.equal(clock.timers, 0)
  })

  it('does not begin again when it was stopped while it ran', async () => {
    const clock = new FakeClock()
    let finish: (expired: Expired) => void = () => undefined
    const stop = everyHour(
      clock,
      () => new Promise(resolve => (finish = resolve)),
      () => assert.fail('told after the end'),
    )
    clock.advance(60_000)
    stop()
    finish(nothingDone)
    await turns()
    assert.equal(clock.timers, 0)
  })
})
