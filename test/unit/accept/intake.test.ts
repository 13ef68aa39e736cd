import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Intake } from '../../../src/accept/intake.ts'
import { Spool } from '../../../src/accept/spool.ts'
import { nothing } from '../../../src/transaction.ts'

test('a header is more work than a body, which may be made of nothing but short fields', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lmtp-gate-intake-'))
  try {
    const spool = new Spool({ folder, memory: 100_000, total: 100_000, limit: 100_000 })
    const intake = new Intake('DATA', spool.receive(nothing), 'normalize')
    const text = Buffer.from('a: b\r\n'.repeat(1000))
    const header = intake.write(text)
    intake.write(Buffer.from('\r\n'))
    const body = intake.write(text)
    assert.deepEqual(body, { taken: 6000, ended: false, work: 6000 })
    assert.ok(header.work > 2 * body.work)
    assert.equal(intake.write(Buffer.from('.\r\nQUIT\r\n')).taken, 3)
    const message = await intake.end()
    assert.ok(typeof message !== 'string')
    assert.equal(message.size, 12_002)
    message.discard()
  } finally {
    rmSync(folder, { recursive: true })
  }
})
