import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { Clock } from '../../../../src/clock.ts'
import { saveInMaildir } from '../../../../src/tools/store/maildir.ts'

const clock: Clock = { now: () => 0, after: () => () => undefined, date: () => new Date(1_700_000_000_123) }

let root: string
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'gate-maildir-'))))
afterEach(() => rmSync(root, { recursive: true }))

/** Like a spool file that can no longer be read after its first piece. */
async function* pieces(...texts: (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    if (text instanceof Error) throw text
    yield await Promise.resolve(Buffer.from(text))
  }
}

describe('saving in a Maildir', () => {
  it('puts the whole message in new, readable by its owner alone', async () => {
    await saveInMaildir(root, ['example.org', 'alice'], 'mail', clock, pieces('Subject: x\r\n', '\r\nhello\r\n'))
    const folder = join(root, 'example.org', 'alice')
    const [name = '', ...others] = readdirSync(join(folder, 'new'))
    assert.deepEqual(others, [])
    assert.match(name, /^1700000000\.M123P\d+Q\d+\.mail$/)
    assert.equal(readFileSync(join(folder, 'new', name), 'latin1'), 'Subject: x\r\n\r\nhello\r\n')
    assert.equal(statSync(join(folder, 'new', name)).mode & 0o777, 0o600)
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    assert.deepEqual(readdirSync(join(folder, 'tmp')), [])
    assert.deepEqual(readdirSync(join(folder, 'cur')), [])
  })

  it('gives every message a name of its own', async () => {
    const save = () => saveInMaildir(root, ['x', 'y', '.Junk'], 'a/b:c', clock, pieces('m'))
    await Promise.all([save(), save(), save()])
    assert.equal(readdirSync(join(root, 'x/y/.Junk/new')).length, 3)
  })

  it('leaves nothing behind when the message cannot be read', async () => {
    const broken = pieces('Subject: x\r\n', new Error('gone'))
    await assert.rejects(saveInMaildir(root, ['x', 'y'], 'mail', clock, broken), /gone/)
    assert.deepEqual(readdirSync(join(root, 'x/y/tmp')), [])
    assert.deepEqual(readdirSync(join(root, 'x/y/new')), [])
  })

  it('rejects when there is no place for it', async () => {
    writeFileSync(join(root, 'x'), '')
    await assert.rejects(saveInMaildir(root, ['x', 'y'], 'mail', clock, pieces('m')), /ENOTDIR|EEXIST/)
  })
})
