import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { Clock } from '../../../src/clock.ts'
import { reply } from '../../../src/reply.ts'
import { jsonLog } from '../../../src/watch/json-log.ts'
import { Output } from '../../../src/watch/output.ts'
import { eventually, turns } from '../../support/turns.ts'

let folder: string
let file: string
let fd: number
let due: (() => void)[]
const clock: Clock = {
  now: () => 0,
  after: (_ms, task) => {
    due.push(task)
    return () => undefined
  },
  date: () => new Date(0),
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gate-output-'))
  file = join(folder, 'log')
  fd = openSync(file, 'a')
  due = []
})
afterEach(() => rmSync(folder, { recursive: true }))

const written = () => readFileSync(file, 'latin1')

describe('the output', () => {
  it('gathers lines until they are due or asked for, and loses none', async () => {
    const output = new Output(fd, clock)
    output.write('a\n')
    output.write('b\n')
    assert.equal(written(), '')
    assert.equal(due.length, 1)
    due.pop()?.()
    output.write('c\n')
    await output.flush()
    assert.equal(written(), 'a\nb\nc\n')
    await output.flush()
  })

  it('writes a great many in order', async () => {
    const output = new Output(fd, clock)
    let expected = ''
    for (let i = 0; i < 50_000; i += 1) {
      expected += `line ${i}\n`
      output.write(`line ${i}\n`)
      if (i % 5000 === 0) await output.flush()
    }
    await output.flush()
    assert.ok(written() === expected)
  })

  it('writes what is left at once when asked to', () => {
    const output = new Output(fd, clock)
    output.write('last words\n')
    output.flushNow()
    assert.equal(written(), 'last words\n')
  })

  it('loses nothing that a reader had no room for, if those are the last moments', async () => {
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK)
    const writer = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK)
    const output = new Output(writer, clock)
    const lines = Array.from({ length: 10_000 }, (_, i) => `line ${i}\n`).join('')
    output.write(lines)
    due.pop()?.()
    await eventually(
      () => due.length === 1,
      () => 'the pipe took everything',
    )
    const read = Buffer.alloc(2 * lines.length)
    let length = readSync(reader, read)
    output.write('last words\n')
    output.flushNow()
    length += readSync(reader, read, length, read.length - length, null)
    assert.ok(read.toString('latin1', 0, length) === `${lines}last words\n`)
    // The next try has nothing left to write.
    due.pop()?.()
    await turns()
    assert.throws(() => readSync(reader, read), /EAGAIN/)
    closeSync(reader)
    closeSync(writer)
  })

  it('bounds what it holds, and says what it dropped', async () => {
    const output = new Output(fd, clock)
    const line = `${'x'.repeat(1024 * 1024 - 1)}\n`
    for (let i = 0; i < 40; i += 1) output.write(line)
    await output.flush()
    const lines = written().split('\n')
    assert.ok(lines.length < 30)
    assert.equal(lines.at(-2), `lmtp-gate: ${40 - (lines.length - 2)} log lines were dropped, nobody read them`)
  })

  it('goes on when nothing can be written', async () => {
    closeSync(fd)
    const output = new Output(fd, clock)
    output.write('lost\n')
    await output.flush()
    output.write('lost too\n')
    output.flushNow()
  })
})

describe('the log in JSON', () => {
  it('has one object a line, with the names of the text', async () => {
    const log = jsonLog(new Output(fd, clock), clock, 'mail', 12)
    log.event('warning', 'next hop down', { endpoint: 'unix:/x', cause: 'é' })
    log.recipient({
      id: 'g1',
      queueId: '4XyZ',
      from: '',
      to: 'al\xffice@example.org',
      originalTo: undefined,
      relay: undefined,
      delays: { receive: 1, decide: 2, wait: 3, deliver: 4 },
      stage: 'RCPT',
      reply: reply(550, '5.7.1', 'No'),
      action: 'reject',
      because: { step: 'rules', words: 'rule 2' },
      place: { file: 'rules/x.yaml', line: 3, column: 5 },
      cause: undefined,
      inDoubt: false,
    })
    await log.flush()
    const [event, recipient] = written()
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as unknown)
    const base = { time: '1970-01-01T00:00:00.000Z', pid: 12, hostname: 'mail' }
    assert.deepEqual(event, { ...base, level: 'warning', event: 'next hop down', endpoint: 'unix:/x', cause: '\\xe9' })
    assert.deepEqual(recipient, {
      ...base,
      level: 'info',
      event: 'recipient',
      queue_id: '4XyZ',
      id: 'g1',
      from: '',
      to: 'al\\xffice@example.org',
      delay: 0.01,
      delays_ms: { receive: 1, decide: 2, wait: 3, deliver: 4 },
      dsn: '5.7.1',
      status: 'bounced',
      reply: '550 5.7.1 No',
      stage: 'RCPT',
      action: 'reject',
      step: 'rules',
      because: 'rule 2',
      policy: 'rules/x.yaml:3',
    })
  })
})
