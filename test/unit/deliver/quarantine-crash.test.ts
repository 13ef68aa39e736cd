/** Death at any moment: what is listed is whole, what was called kept is there, what was not delivered is not lost, and the rest goes away. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Quarantine } from '../../../src/deliver/quarantine.ts'
import { expire } from '../../../src/deliver/quarantine/expire.ts'
import { KeptMessage } from '../../../src/deliver/quarantine/kept-message.ts'
import type { Found } from '../../../src/deliver/quarantine/names.ts'
import { NextHop } from '../../../src/deliver/next-hop.ts'
import { release } from '../../../src/deliver/quarantine/release.ts'
import { Shelf } from '../../../src/deliver/quarantine/shelf.ts'
import { nothing } from '../../../src/transaction.ts'
import { FakeClock } from '../../support/clock.ts'
import { kindly, ModelHop } from '../../support/model-hop.ts'
import { dovecotOffers } from '../../support/next-hop.ts'
import { entryFor, text } from '../../support/quarantine-entry.ts'
import { all, dyingAt, namesIn, quarantineFolders } from '../../support/quarantine.ts'
import { messageOf } from '../../support/scripted-server.ts'

const newFolder = quarantineFolders()
const hour = 3_600_000

/** Entries as they lie there, each of them whole; fails if one is not. */
async function wholeEntries(folder: string): Promise<Found[]> {
  const shelf = new Shelf(folder)
  const found = (await all(shelf.found())).filter(({ state }) => state === 'kept' || state === 'releasing')
  for (const each of found) {
    const entry = await shelf.read(each)
    assert.ok(!('kind' in entry), JSON.stringify(entry))
    const message = await shelf.open(each, entry)
    assert.ok(message instanceof KeptMessage, JSON.stringify(message))
    assert.equal(Buffer.concat(await all(message.pieces(nothing))).toString(), text)
    message.discard()
  }
  return found
}

/** Runs `task` with a process that dies at its first call, its second, and so on, until it comes to its end. */
async function atEveryMoment(task: (dying: ReturnType<typeof dyingAt>) => Promise<boolean>): Promise<number> {
  for (let n = 1; ; n += 1) {
    assert.ok(n < 100)
    const dying = dyingAt(n)
    const isOver = await task(dying)
    await dying.bury()
    if (isOver) return n - 1
  }
}

describe('a process that dies', () => {
  it('by kill -9 in the middle of a message leaves whole entries alone, and the half one goes away', async () => {
    const folder = newFolder()
    const keeper = fileURLToPath(new URL('../../support/half-keeper.ts', import.meta.url))
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), keeper, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    child.stdout.on('data', (data: Buffer) => {
      said += data.toString()
      if (said.endsWith('halfway\n')) child.kill('SIGKILL')
    })
    const signal = await new Promise(resolve => child.once('close', (_, by) => resolve(by)))
    assert.equal(signal, 'SIGKILL')
    const ids = said.split('\n').slice(0, 2)
    assert.deepEqual((await wholeEntries(folder)).map(({ id }) => id).sort(), ids.sort())
    assert.equal(namesIn(folder).length, 3)
    assert.equal((await expire(new Shelf(folder), Infinity, Date.now())).leftovers, 0)
    assert.equal((await expire(new Shelf(folder), Infinity, Date.now() + hour)).leftovers, 1)
    assert.equal(namesIn(folder).length, 2)
  })

  it('while it keeps a message for two leaves each entry whole or not at all', async () => {
    const moments = await atEveryMoment(async ({ files, died }) => {
      const folder = newFolder()
      const clock = new FakeClock()
      const quarantine = new Quarantine(folder, clock, files)
      const message = messageOf(['Subject: x\r\n', '\r\nhello\r\n'])
      let kept = 0
      const keepBoth = async (): Promise<boolean> => {
        for (const path of ['a@x', 'b@x'])
          if ((await quarantine.keep(entryFor(path, { message }))).kind === 'kept') kept += 1
        return true
      }
      const isOver = await Promise.race([keepBoth(), died.then(() => false)])
      const left = await wholeEntries(folder)
      assert.ok(left.length >= kept && left.length <= 2)
      clock.advance(hour)
      const { leftovers } = await expire(new Shelf(folder), Infinity, clock.date().getTime())
      assert.ok(leftovers <= 1)
      assert.deepEqual(namesIn(folder), left.map(({ file }) => file).sort())
      if (isOver) assert.equal(left.length, 2)
      return isOver
    })
    assert.ok(moments >= 20, String(moments))
  })

  it('while it releases a message has delivered it, or it can be released again', async () => {
    const hop = new ModelHop('inet', dovecotOffers)
    hop.fates = kindly
    await hop.listen()
    const moments = await atEveryMoment(async ({ files, died }) => {
      const folder = newFolder()
      const clock = new FakeClock()
      await new Quarantine(folder, clock).keep(entryFor('a@x'))
      const [found] = await wholeEntries(folder)
      assert.ok(found !== undefined)
      const nextHop = new NextHop({
        endpoints: [hop.endpoint],
        connections: 1,
        name: 'g',
        clock,
        onEvent: () => undefined,
      })
      const before = hop.finals.length
      const releasing = release(new Shelf(folder, files), found, { nextHopFor: () => nextHop, clock, name: 'g' })
      const isOver = await Promise.race([releasing.then(({ kind }) => kind === 'released'), died.then(() => false)])
      const closed = nextHop.close()
      const left = await wholeEntries(folder)
      assert.ok(left.length + hop.finals.length - before > 0)
      clock.advance(hour)
      await closed
      await expire(new Shelf(folder), Infinity, clock.date().getTime())
      assert.deepEqual(namesIn(folder), left.length === 0 ? [] : [found.name])
      return isOver
    })
    hop.close()
    assert.ok(moments >= 8, String(moments))
  })
})
