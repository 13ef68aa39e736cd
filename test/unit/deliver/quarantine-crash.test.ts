/** kill -9 at any moment of keep(): what is listed is whole, and the rest goes away. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { expire } from '../../../src/deliver/quarantine/expire.ts'
import { KeptMessage } from '../../../src/deliver/quarantine/kept-message.ts'
import { Shelf } from '../../../src/deliver/quarantine/shelf.ts'
import { nothing } from '../../../src/transaction.ts'
import { all, namesIn, quarantineFolders } from '../../support/quarantine.ts'

const newFolder = quarantineFolders()
const keeper = fileURLToPath(new URL('../../support/endless-keeper.ts', import.meta.url))
const messageSize = 300_000

/** Lets a process keep messages and kills it so long (ms) after the first was kept; gives the ids for which it said `kept`. */
async function keepUntilKilled(folder: string, ms: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), keeper, folder, String(messageSize)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (data: Buffer) => {
    if (said === '') setTimeout(() => child.kill('SIGKILL'), ms)
    said += data.toString()
  })
  await new Promise(resolve => child.once('close', resolve))
  return said.split('\n').slice(0, -1)
}

describe('a crash', () => {
  it('leaves each entry whole or not at all, and nothing that was called kept is missing', async () => {
    const folder = newFolder()
    const said: string[] = []
    for (const ms of [0, 3, 7, 12]) said.push(...(await keepUntilKilled(folder, ms)))
    const shelf = new Shelf(folder)
    const found = await all(shelf.found())
    const whole = found.filter(({ state }) => state === 'kept')
    for (const each of whole) {
      const entry = await shelf.read(each)
      assert.ok(!('kind' in entry), JSON.stringify(entry))
      const message = await shelf.open(each, entry)
      assert.ok(message instanceof KeptMessage, JSON.stringify(message))
      const bytes = Buffer.concat(await all(message.pieces(nothing)))
      assert.ok(bytes.equals(Buffer.alloc(messageSize, 'x\n')))
      message.discard()
    }
    const ids = new Set(whole.map(({ id }) => id))
    assert.ok(said.length >= 4)
    for (const id of said) assert.ok(ids.has(id), `${id} was called kept`)
    // Who was killed had one in hand, unless it was just between two.
    const inFiveMinutes = Date.now() + 300_000
    assert.equal((await expire(shelf, Infinity, inFiveMinutes)).leftovers, 0)
    const swept = await expire(shelf, Infinity, Date.now() + 3_600_000)
    assert.equal(swept.leftovers, found.length - whole.length)
    assert.deepEqual(namesIn(folder), whole.map(({ file }) => file).sort())
    assert.ok(namesIn(join(folder, whole[0]?.file ?? '')).length === 2)
  })
})
