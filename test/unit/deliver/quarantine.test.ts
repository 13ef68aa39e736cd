/** What is kept, where, and what happens when the disk does not want it. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import * as disk from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { Quarantine, type Disk, type QuarantineEntry } from '../../../src/deliver/quarantine.ts'
import type { Message } from '../../../src/transaction.ts'
import { FakeClock } from '../../support/clock.ts'

const base = mkdtempSync(join(tmpdir(), 'lmtp-gate-quarantine-'))
after(() => rmSync(base, { recursive: true }))
let folders = 0

function newFolder(): string {
  folders += 1
  return join(base, String(folders), 'quarantine')
}

const text = 'Subject: x\r\n\r\nhello\r\n'

function messageOf(pieces: readonly string[], seen = { times: 0 }): Message {
  const bytes = pieces.map(piece => Buffer.from(piece))
  return {
    size: Buffer.concat(bytes).length,
    eightBit: 'none',
    hops: 0,
    sizeWithout: () => 0,
    pieces: () => {
      seen.times += 1
      return readable(bytes)
    },
    discard: () => undefined,
  }
}

async function* readable(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield await Promise.resolve(piece)
}

function entryFor(message: Message, path: string): QuarantineEntry {
  return {
    message,
    sender: { path: 's@example.org', params: ['SIZE=10'], size: 10, body: undefined, smtputf8: false },
    recipient: { path, params: ['NOTIFY=NEVER'] },
    client: undefined,
    reason: { step: 'rules', words: 'rule 2' },
    place: { file: 'rules/default.yaml', line: 3, column: 5 },
    transaction: 't1',
  }
}

describe('quarantine', () => {
  it('keeps message, envelope and reason under a random name, for nobody else to read', async () => {
    const folder = newFolder()
    const kept = await new Quarantine(folder, new FakeClock()).keep(entryFor(messageOf([text]), '../../etc/passwd@x'))
    assert.equal(kept.kind, 'kept')
    const { id } = kept as { id: string }
    assert.match(id, /^[0-9a-f]{32}$/)
    assert.deepEqual(readdirSync(folder).sort(), [`${id}.eml`, `${id}.json`])
    assert.equal(readFileSync(join(folder, `${id}.eml`), 'latin1'), text)
    const entry = JSON.parse(readFileSync(join(folder, `${id}.json`), 'utf8')) as Record<string, unknown>
    assert.deepEqual(entry['recipient'], { path: '../../etc/passwd@x', params: ['NOTIFY=NEVER'] })
    assert.deepEqual(entry['sender'], { path: 's@example.org', params: ['SIZE=10'] })
    assert.deepEqual(entry['reason'], { step: 'rules', words: 'rule 2' })
    assert.equal(entry['transaction'], 't1')
    assert.equal(entry['date'], '2026-11-22T06:00:00.000Z')
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600)
  })

  it('writes the bytes once for all recipients of a message, and an entry for each that names no other', async () => {
    const folder = newFolder()
    const quarantine = new Quarantine(folder, new FakeClock())
    const seen = { times: 0 }
    const message = messageOf(['Subject: x\r\n', '\r\nhello\r\n'], seen)
    const paths = ['a@x', 'b@x', 'a@x']
    const all = await Promise.all(paths.map(path => quarantine.keep(entryFor(message, path))))
    assert.deepEqual(
      all.map(kept => kept.kind),
      ['kept', 'kept', 'kept'],
    )
    assert.equal(seen.times, 1)
    const ids = all.map(kept => (kept as { id: string }).id)
    assert.equal(new Set(ids.map(id => statSync(join(folder, `${id}.eml`)).ino)).size, 1)
    for (const id of ids) assert.equal(readFileSync(join(folder, `${id}.eml`), 'latin1'), text)
    const second = readFileSync(join(folder, `${ids[1] ?? ''}.json`), 'utf8')
    assert.ok(second.includes('b@x') && !second.includes('a@x'))
    await quarantine.keep(entryFor(messageOf([text], seen), 'c@x'))
    assert.equal(seen.times, 2, 'another message has bytes of its own')
  })

  it('writes again where the file system has no links', async () => {
    const folder = newFolder()
    const unlinked: Disk = { ...disk, link: () => Promise.reject(failing('EPERM')) }
    const quarantine = new Quarantine(folder, new FakeClock(), unlinked)
    const message = messageOf([text])
    await quarantine.keep(entryFor(message, 'a@x'))
    const second = await quarantine.keep(entryFor(message, 'b@x'))
    assert.equal(readFileSync(join(folder, `${(second as { id: string }).id}.eml`), 'latin1'), text)
  })

  it('syncs both files before they get their names, and the folder after that', async () => {
    const steps: string[] = []
    const folder = newFolder()
    const watched: Disk = {
      ...disk,
      open: async (path, flags, mode) => {
        const file = await disk.open(path, flags, mode)
        const sync = file.sync.bind(file)
        file.sync = () => {
          steps.push(`sync ${kindOf(String(path), folder)}`)
          return sync()
        }
        return file
      },
      rename: async (from, to) => {
        steps.push(`rename ${kindOf(String(to), folder)}`)
        await disk.rename(from, to)
      },
    }
    await new Quarantine(folder, new FakeClock(), watched).keep(entryFor(messageOf([text]), 'a@x'))
    assert.deepEqual(steps, ['sync parent', 'sync eml', 'rename eml', 'sync json', 'rename json', 'sync folder'])
  })

  for (const [name, broken] of brokenDisks())
    it(`leaves nothing behind and says so when ${name}`, async () => {
      const folder = newFolder()
      const quarantine = new Quarantine(folder, new FakeClock(), broken)
      const kept = await quarantine.keep(entryFor(messageOf([text]), 'a@x'))
      assert.deepEqual(kept, { kind: 'full', cause: 'ENOSPC' })
      assert.deepEqual(readdirSync(folder), [])
    })

  it('is a failure, not an entry, when the spool cannot be read', async () => {
    const folder = newFolder()
    const broken: Message = { ...messageOf([text]), pieces: () => failingPieces() }
    const quarantine = new Quarantine(folder, new FakeClock())
    assert.deepEqual(await quarantine.keep(entryFor(broken, 'a@x')), { kind: 'failed', cause: 'EIO' })
    assert.deepEqual(await quarantine.keep(entryFor(broken, 'b@x')), { kind: 'failed', cause: 'EIO' })
    assert.deepEqual(readdirSync(folder), [])
  })

  it('is a failure when the folder cannot be made', async () => {
    const kept = await new Quarantine('/dev/null/quarantine', new FakeClock()).keep(entryFor(messageOf([text]), 'a@x'))
    assert.deepEqual(kept, { kind: 'failed', cause: 'ENOTDIR' })
  })
})

function failing(code: string): Error {
  return Object.assign(new Error(code), { code })
}

async function* failingPieces(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from('x'))
  throw failing('EIO')
}

function kindOf(path: string, folder: string): string {
  if (path === folder) return 'folder'
  return path.startsWith(folder) ? path.replace(/\.tmp$/, '').replace(/^.*\./, '') : 'parent'
}

/** Each refuses one step of the way, for the message, the entry or the folder. */
function brokenDisks(): [string, Disk][] {
  const full = () => Promise.reject(failing('ENOSPC'))
  const refusing = (step: 'appendFile' | 'sync', wanted: string): Disk => ({
    ...disk,
    open: async (path, flags, mode) => {
      const file = await disk.open(path, flags, mode)
      if (String(path).endsWith(wanted)) file[step] = full
      return file
    },
  })
  return [
    ['the message does not fit', refusing('appendFile', '.eml.tmp')],
    ['the message cannot be synced', refusing('sync', '.eml.tmp')],
    ['the entry does not fit', refusing('appendFile', '.json.tmp')],
    ['the entry cannot be synced', refusing('sync', '.json.tmp')],
    ['the folder cannot be synced', refusing('sync', '/quarantine')],
    [
      'the entry gets no name',
      { ...disk, rename: (from, to) => (String(to).endsWith('json') ? full() : disk.rename(from, to)) },
    ],
  ]
}
