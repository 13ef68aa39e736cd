import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import * as disk from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { makeSpool } from '../../src/folders.ts'

let folder: string
before(() => (folder = mkdtempSync(join(tmpdir(), 'gate-folders-'))))
after(() => rmSync(folder, { recursive: true }))

describe('the spool', () => {
  it('is made at start, and may be written to, or there is no start', async () => {
    const spool = { folder: join(folder, 'a/spool'), memory: 1, total: 1 }
    await makeSpool(spool)
    assert.ok(existsSync(spool.folder))
    const access = () => Promise.reject(new Error('EACCES'))
    await assert.rejects(makeSpool(spool, { ...disk, access }), /^Error: the folder of spool cannot be used: EACCES$/)
  })
})
