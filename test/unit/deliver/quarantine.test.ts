/** What is kept, where, and what happens when the disk does not want it. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import * as disk from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { Quarantine } from '../../../src/deliver/quarantine.ts'
import type { Kept } from '../../../src/deliver/quarantine.ts'
import type { Disk } from '../../../src/deliver/quarantine/files.ts'
import type { Message } from '../../../src/transaction.ts'
import { FakeClock } from '../../support/clock.ts'
import { entryFor, text } from '../../support/quarantine-entry.ts'
import { brokenAt, failing, namesIn, quarantineFolders } from '../../support/quarantine.ts'
import { messageOf } from '../../support/scripted-server.ts'

const newFolder = quarantineFolders()

function idOf(kept: Kept): string {
  if (kept.kind !== 'kept') assert.fail(`${kept.kind}: ${kept.cause}`)
  return kept.id
}

/** Of the entry with this id. */
function pathOf(folder: string, id: string): string {
  return join(folder, readdirSync(folder).find(name => name.endsWith(id)) ?? 'none')
}

describe('quarantine', () => {
  it('takes no part of a message for all of it', async () => {
    const folder = newFolder()
    const message = messageOf(['\r\nhalf'], { size: 1000 })
    const kept = await new Quarantine(folder, new FakeClock()).keep(entryFor('u@x', { message }))
    assert.equal(kept.kind, 'failed')
    assert.deepEqual(readdirSync(folder), [])
  })

  it('keeps message, envelope, reason and facts under a random name, for nobody else to read', async () => {
    const folder = newFolder()
    const facts = { spam: { state: 'known', value: { score: 12.5, symbols: ['X'] } } }
    const kept = await new Quarantine(folder, new FakeClock()).keep(
      entryFor('../../etc/passwd@x', { facts: JSON.stringify(facts), keep: 60_000 }),
    )
    const id = idOf(kept)
    assert.match(id, /^[0-9a-f]{32}$/)
    assert.deepEqual(readdirSync(folder), [`20261122T060000000Z-${id}`])
    const path = pathOf(folder, id)
    assert.deepEqual(namesIn(path), ['entry.json', 'message.eml'])
    assert.equal(readFileSync(join(path, 'message.eml'), 'latin1'), text)
    const entry = JSON.parse(readFileSync(join(path, 'entry.json'), 'utf8')) as Record<string, unknown>
    assert.deepEqual(entry, {
      version: 1,
      id,
      transaction: 't1',
      keep: 60_000,
      sender: { path: 's@example.org', params: ['SIZE=10'], smtputf8: false },
      recipient: { path: '../../etc/passwd@x', params: ['NOTIFY=NEVER'] },
      reason: { step: 'rules', words: 'rule 2' },
      place: { file: 'rules/default.yaml', line: 3, column: 5 },
      message: { size: text.length, eightBit: 'none', hops: 0 },
      date: '2026-11-22T06:00:00.000Z',
      facts,
    })
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    assert.equal(statSync(path).mode & 0o777, 0o700)
    for (const name of namesIn(path)) assert.equal(statSync(join(path, name)).mode & 0o777, 0o600)
  })

  it('leaves out the fields that no copy may have', async () => {
    const folder = newFolder()
    const omitted: ReadonlySet<string>[] = []
    const message: Message = {
      ...messageOf([text]),
      sizeWithout: () => 5,
      pieces: omit => {
        omitted.push(omit)
        return messageOf(['Y:\r\n\n']).pieces(omit)
      },
    }
    const omit = new Set(['x-spam-flag'])
    const id = idOf(await new Quarantine(folder, new FakeClock()).keep(entryFor('a@x', { message, omit })))
    assert.deepEqual(omitted, [omit])
    assert.match(readFileSync(join(pathOf(folder, id), 'entry.json'), 'utf8'), /"size": 5,/)
  })

  it('writes the bytes once for all recipients of a message, and an entry for each that names no other', async () => {
    const folder = newFolder()
    const quarantine = new Quarantine(folder, new FakeClock())
    const message = messageOf(['Subject: x\r\n', '\r\nhello\r\n'])
    const paths = ['a@x', 'b@x', 'a@x']
    const ids = (await Promise.all(paths.map(path => quarantine.keep(entryFor(path, { message }))))).map(idOf)
    assert.equal(message.given(), 2)
    const contents = ids.map(id => join(pathOf(folder, id), 'message.eml'))
    assert.equal(new Set(contents.map(path => statSync(path).ino)).size, 1)
    for (const path of contents) assert.equal(readFileSync(path, 'latin1'), text)
    const second = readFileSync(join(pathOf(folder, ids[1] ?? ''), 'entry.json'), 'utf8')
    assert.ok(second.includes('b@x') && !second.includes('a@x'))
    const other = idOf(await quarantine.keep(entryFor('c@x')))
    assert.notEqual(statSync(join(pathOf(folder, other), 'message.eml')).ino, statSync(contents[0] ?? '').ino)
  })

  it('writes again where the file system has no links, or the first entry is gone', async () => {
    const folder = newFolder()
    const message = messageOf([text])
    const unlinked = new Quarantine(
      folder,
      new FakeClock(),
      brokenAt('link', () => true, 'EPERM'),
    )
    await unlinked.keep(entryFor('a@x', { message }))
    const second = pathOf(folder, idOf(await unlinked.keep(entryFor('b@x', { message }))))
    assert.equal(readFileSync(join(second, 'message.eml'), 'latin1'), text)
    const quarantine = new Quarantine(folder, new FakeClock())
    await disk.rm(pathOf(folder, idOf(await quarantine.keep(entryFor('a@x', { message })))), { recursive: true })
    const third = pathOf(folder, idOf(await quarantine.keep(entryFor('b@x', { message }))))
    assert.equal(readFileSync(join(third, 'message.eml'), 'latin1'), text)
  })

  it('syncs what it writes and every folder that it makes before the entry has its name, and that after it', async () => {
    const steps: string[] = []
    const folder = newFolder()
    const watched: Disk = {
      ...disk,
      open: async (path, flags, mode) => {
        const file = await disk.open(path, flags, mode)
        const sync = file.sync.bind(file)
        file.sync = () => {
          steps.push(`sync ${shown(String(path), folder)}`)
          return sync()
        }
        return file
      },
      rename: async (from, to) => {
        steps.push(`rename to ${shown(String(to), folder)}`)
        await disk.rename(from, to)
      },
    }
    const quarantine = new Quarantine(folder, new FakeClock(), watched)
    await quarantine.keep(entryFor('a@x'))
    const entry = ['sync X.new/message.eml', 'sync X.new/entry.json', 'sync X.new', 'rename to X', 'sync .']
    assert.deepEqual(steps, ['sync ..', 'sync ../..', ...entry])
    steps.length = 0
    await quarantine.keep(entryFor('a@x'))
    assert.deepEqual(steps, entry)
    steps.length = 0
    await new Quarantine(folder, new FakeClock(), watched).prepare()
    assert.deepEqual(steps, ['sync ..'], 'whoever made it may not have synced it')
  })

  const broken: readonly (readonly [string, Disk])[] = [
    ['the message does not fit', brokenAt('appendFile', path => path.endsWith('.eml'))],
    ['the message cannot be synced', brokenAt('sync', path => path.endsWith('.eml'))],
    ['the entry does not fit', brokenAt('appendFile', path => path.endsWith('.json'))],
    ['the entry cannot be synced', brokenAt('sync', path => path.endsWith('.json'))],
    ['the folder of the entry cannot be made', brokenAt('mkdir', path => path.endsWith('.new'))],
    ['the folder of the entry cannot be synced', brokenAt('sync', path => path.endsWith('.new'))],
    ['the entry gets no name', brokenAt('rename', path => /-[0-9a-f]{32}$/.test(path))],
    ['its name cannot be synced', brokenAt('sync', path => path.endsWith('/quarantine'))],
  ]
  for (const [name, failingDisk] of broken)
    it(`leaves nothing behind and says so when ${name}`, async () => {
      const folder = newFolder()
      const quarantine = new Quarantine(folder, new FakeClock(), failingDisk)
      assert.deepEqual(await quarantine.keep(entryFor('a@x')), { kind: 'full', cause: 'ENOSPC' })
      assert.deepEqual(namesIn(folder), [])
    })

  it('keeps for the next recipient what did not fit for the first', async () => {
    const folder = newFolder()
    let times = 0
    const once = brokenAt('appendFile', path => path.endsWith('.eml') && times++ === 0)
    const quarantine = new Quarantine(folder, new FakeClock(), once)
    const message = messageOf([text])
    assert.equal((await quarantine.keep(entryFor('a@x', { message }))).kind, 'full')
    assert.equal((await quarantine.keep(entryFor('b@x', { message }))).kind, 'kept')
  })

  it('is a failure, not an entry, when the spool cannot be read', async () => {
    const folder = newFolder()
    const message: Message = { ...messageOf([text]), pieces: () => failingPieces() }
    const quarantine = new Quarantine(folder, new FakeClock())
    assert.deepEqual(await quarantine.keep(entryFor('a@x', { message })), { kind: 'failed', cause: 'EIO' })
    assert.deepEqual(await quarantine.keep(entryFor('b@x', { message })), { kind: 'failed', cause: 'EIO' })
    assert.deepEqual(readdirSync(folder), [])
  })

  it('is a failure when the folder cannot be made or used, and says so before the first message, too', async () => {
    const nowhere = new Quarantine('/dev/null/quarantine', new FakeClock())
    assert.deepEqual(await nowhere.keep(entryFor('a@x')), { kind: 'failed', cause: 'ENOTDIR' })
    await assert.rejects(nowhere.prepare(), { code: 'ENOTDIR' })
    const readOnly: Disk = { ...disk, access: () => Promise.reject(failing('EACCES')) }
    await assert.rejects(new Quarantine(newFolder(), new FakeClock(), readOnly).prepare(), { code: 'EACCES' })
  })

  it('keeps facts up to a bound', async () => {
    const folder = newFolder()
    const facts = JSON.stringify({ symbols: 'x'.repeat(300_000) })
    const id = idOf(await new Quarantine(folder, new FakeClock()).keep(entryFor('a@x', { facts })))
    assert.match(readFileSync(join(pathOf(folder, id), 'entry.json'), 'utf8'), /"facts": "too long to be kept"/)
  })
})

async function* failingPieces(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from('x'))
  throw failing('EIO')
}

/** Relative to the folder, with X for the name of an entry. */
function shown(path: string, folder: string): string {
  if (path === folder) return '.'
  if (path === dirname(folder)) return '..'
  if (path === dirname(dirname(folder))) return '../..'
  return path.slice(folder.length + 1).replace(/\w{19}-[0-9a-f]{32}/, 'X')
}
