/** The decision log on disk: in batches, bounded, for its owner alone, and never in the way of the mail. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { nothingLearned } from '../../../../src/decide/facts.ts'
import { DecisionLog } from '../../../../src/watch/decisions/decision-log.ts'
import type { Decision } from '../../../../src/watch/decisions/record.ts'
import { everyDecision, transactionsOf } from '../../../../src/watch/decisions/search.ts'
import { FakeClock } from '../../../support/clock.ts'
import { turns } from '../../../support/turns.ts'

let folder: string
let clock: FakeClock
let troubles: string[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gate-decisions-'))
  clock = new FakeClock()
  troubles = []
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const nobody = { name: undefined, port: undefined, proto: undefined, helo: undefined, source: undefined }

function decision(id: string, ident: string, words = ''): Decision {
  return {
    id,
    begun: clock.date(),
    sender: { path: 'a@b.example', params: [], size: undefined, body: undefined, smtputf8: false },
    client: { ...nobody, address: '192.0.2.1', ident },
    stage: 'end of data',
    evidence: new Map([['', nothingLearned]]),
    recipients: [
      {
        recipient: { path: 'alice@example.org', params: [] },
        profile: '',
        verdict: { action: 'deliver', because: { step: 'default', words }, place: 'built in' },
      },
    ],
  }
}

async function newLog(size = 1024 * 1024, writers = 1): Promise<DecisionLog> {
  const log = new DecisionLog({
    folder: join(folder, 'log'),
    size,
    writers,
    clock,
    onTrouble: cause => troubles.push(cause),
  })
  await log.prepare()
  return log
}

async function idsIn(): Promise<readonly string[]> {
  const ids: string[] = []
  for await (const one of everyDecision(join(folder, 'log'))) ids.push(one === 'broken' ? one : one.id)
  return ids
}

describe('the decision log', () => {
  it('writes nothing while the mail is under way, and all of a batch a moment later', async () => {
    const log = await newLog()
    for (const id of ['t1', 't2', 't3']) log.record(decision(id, 'Q'))
    assert.deepEqual(await idsIn(), [])
    clock.advance(49)
    await turns()
    assert.deepEqual(await idsIn(), [])
    assert.equal(clock.untilNext(), 1)
    clock.advance(1)
    await log.flush()
    assert.deepEqual(await idsIn(), ['t1', 't2', 't3'])
    log.record(decision('t4', 'Q'))
    await log.close()
    assert.deepEqual(await idsIn(), ['t1', 't2', 't3', 't4'])
    assert.equal(clock.timers, 0)
    assert.deepEqual(troubles, [])
  })

  it('is for its owner alone', async () => {
    const log = await newLog()
    log.record(decision('t1', 'Q'))
    await log.close()
    assert.equal(statSync(join(folder, 'log')).mode & 0o777, 0o700)
    const [name = ''] = readdirSync(join(folder, 'log'))
    assert.equal(statSync(join(folder, 'log', name)).mode & 0o777, 0o600)
  })

  it('goes on in new files, and loses the oldest when it is full', async () => {
    const size = 20_000
    const log = await newLog(size)
    for (let i = 0; i < 1000; i += 1) {
      log.record(decision(`t${i}`, 'Q', 'w'.repeat(50)))
      if (i % 7 === 0) await log.flush()
      clock.advance(1)
    }
    await log.close()
    const sizes = readdirSync(join(folder, 'log')).map(name => statSync(join(folder, 'log', name)).size)
    const total = sizes.reduce((sum, one) => sum + one, 0)
    assert.ok(total <= size + 3000 && total > size / 2, `${total} octets`)
    assert.ok(sizes.length >= 3, `${sizes.length} files`)
    const ids = await idsIn()
    assert.equal(ids.at(-1), 't999')
    assert.deepEqual(
      ids,
      Array.from({ length: ids.length }, (_, i) => `t${1000 - ids.length + i}`),
    )
  })

  it('has no file much larger than a tenth of all, however many decisions come at once', async () => {
    const size = 1024 * 1024
    const log = await newLog(size)
    for (let i = 0; i < 5000; i += 1) log.record(decision(`t${i}`, 'Q', 'w'.repeat(300)))
    await log.close()
    const sizes = readdirSync(join(folder, 'log')).map(name => statSync(join(folder, 'log', name)).size)
    const together = 200 * 700
    assert.ok(Math.max(...sizes) < size / 10 + together, `${Math.max(...sizes)} octets`)
    assert.ok(sizes.reduce((sum, one) => sum + one, 0) < size + together)
    const ids = await idsIn()
    assert.ok(ids.length > 1000 && new Set(ids).size === ids.length, `${ids.length} decisions`)
  })

  it('has the same bound with several writers, one of whom has little to write', async () => {
    const size = 40_000
    const busy = await newLog(size, 2)
    const quiet = await newLog(size, 2)
    for (let i = 0; i < 1000; i += 1) {
      busy.record(decision(`t${i}`, 'Q'))
      await busy.flush()
      if (i % 300 === 0) {
        quiet.record(decision(`q${i}`, 'Q'))
        await quiet.flush()
      }
      clock.advance(1)
    }
    quiet.record(decision('last', 'Q'))
    await quiet.close()
    quiet.record(decision('later', 'Q'))
    await quiet.close()
    await busy.close()
    const sizes = readdirSync(join(folder, 'log')).map(name => statSync(join(folder, 'log', name)).size)
    assert.ok(sizes.reduce((sum, one) => sum + one, 0) <= size + 3000)
    const ids = await idsIn()
    assert.ok(ids.includes('t999') && ids.includes('later'), ids.slice(-5).join())
  })

  it('touches no file that is not its own', async () => {
    const log = await newLog(1000)
    writeFileSync(join(folder, 'log', 'mine.jsonl'), 'x'.repeat(5000))
    for (let i = 0; i < 50; i += 1) {
      log.record(decision(`t${i}`, 'Q'))
      await log.flush()
    }
    await log.close()
    assert.equal(readFileSync(join(folder, 'log', 'mine.jsonl'), 'utf8').length, 5000)
  })

  it('says once that it cannot write, loses what it cannot write, and goes on when it can', async () => {
    const log = await newLog()
    rmSync(join(folder, 'log'), { recursive: true })
    writeFileSync(join(folder, 'log'), 'no folder')
    for (const id of ['t1', 't2']) {
      log.record(decision(id, 'Q'))
      await log.flush()
    }
    assert.equal(troubles.length, 1)
    assert.match(troubles[0] ?? '', /ENOTDIR|EEXIST/)
    rmSync(join(folder, 'log'))
    await log.prepare()
    log.record(decision('t3', 'Q'))
    await log.close()
    assert.deepEqual(await idsIn(), ['t3'])
    assert.equal(troubles.length, 1)
  })

  it('bounds what waits for the disk, and counts what is lost', async () => {
    const log = await newLog(100 * 1024 * 1024)
    const one = decision('t', 'Q')
    for (let i = 0; i < 20_003; i += 1) log.record(one)
    await log.close()
    assert.equal((await idsIn()).length, 20_000)
    assert.deepEqual(troubles, ['3 decisions were lost: the disk could not keep up'])
  })

  it('does not start where its folder cannot be', async () => {
    writeFileSync(join(folder, 'log'), 'no folder')
    await assert.rejects(newLog(), /EEXIST/)
  })

  it('finds all transactions of a queue id, the oldest first, and their parts', async () => {
    const log = await newLog()
    const before = clock.date()
    clock.advance(1000)
    log.record(decision('t3', 'Q1'))
    log.record({ ...decision('t3', 'Q1'), stage: 'RCPT' })
    log.record(decision('t2', 'Q2'))
    // As another process may write it down later.
    log.record({ ...decision('t1', 'Q1'), begun: before })
    await log.close()
    const found = async (id: string) =>
      (await transactionsOf(join(folder, 'log'), id)).map(parts => parts.map(one => `${one.id} ${one.stage}`).join())
    assert.deepEqual(await found('Q1'), ['t1 end of data', 't3 end of data,t3 RCPT'])
    assert.deepEqual(await found('t2'), ['t2 end of data'])
    assert.deepEqual(await found('Q'), [])
  })

  it('passes over a line that a crash cut short', async () => {
    const log = await newLog()
    log.record(decision('t1', 'Q1'))
    await log.close()
    const [name = ''] = readdirSync(join(folder, 'log'))
    const path = join(folder, 'log', name)
    writeFileSync(path, readFileSync(path, 'utf8') + '{"version":1,"id":"t2","queue":"Q1"')
    assert.deepEqual(await idsIn(), ['t1', 'broken'])
    assert.equal((await transactionsOf(join(folder, 'log'), 'Q1')).length, 1)
  })
})
