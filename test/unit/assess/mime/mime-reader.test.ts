import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { describe, it, type TestContext } from 'node:test'
import { MimeReader, type MimeReaderOptions } from '../../../../src/assess/mime/mime-reader.ts'
import { usualLimits } from '../../../../src/assess/mime/limits.ts'
import type { Message } from '../../../../src/transaction.ts'
import { FakeClock } from '../../../support/clock.ts'
import { eventually, turns } from '../../../support/turns.ts'
import { crlf, plain, samples } from './corpus.ts'

/** A worker's script. `tell` answers the note that it is about. */
function script(body: string): URL {
  const source = `import { parentPort } from 'node:worker_threads'
    const tell = (note, job) => parentPort.postMessage({ ...note, job })
    const structure = { attachments: [], ambiguous: undefined, unreadable: undefined }
    parentPort.on('message', note => { ${body} })`
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`)
}

const hangs = script('for (;;) {}')
const crashes = script('throw new Error("a bug")')
const leaves = script('process.exit(1)')
const hangsOnce = script(`if (note.kind === 'piece') {
      if (note.job === 1) {
        tell({ kind: 'taken' }, 1)
        for (;;) {}
      }
      tell(note.isLast ? { kind: 'read', structure } : { kind: 'taken' }, note.job)
    }`)

/** A message of these pieces; `given` counts those that were asked for. */
function messageOf(...pieces: readonly Uint8Array[]): Message & { readonly given: () => number } {
  let given = 0
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0)
  return {
    size,
    eightBit: 'none',
    hops: 0,
    has: () => false,
    sizeWithout: () => size,
    async *pieces() {
      for (const piece of pieces) {
        given += 1
        yield await Promise.resolve(piece)
      }
    },
    discard: () => undefined,
    given: () => given,
  }
}

const small = messageOf(crlf('Subject: x\n\nx\n'))
const never = new AbortController().signal

/** Its time stands still, however long a worker takes to start on a busy machine. */
function readerFor(t: TestContext, options: Partial<MimeReaderOptions> = {}): MimeReader {
  const reader = new MimeReader({ workers: 1, clock: new FakeClock(), ...options })
  t.after(() => reader.close())
  return reader
}

describe('The reader of MIME facts', { timeout: 60_000 }, () => {
  it('reads in a worker what is read without one', async t => {
    const reader = readerFor(t, { workers: 2 })
    // Each has its own signal, as in the gate: a dozen that listen to one look like a leak to Node.
    const signals = samples.map(() => new AbortController().signal)
    const answers = await Promise.all(
      samples.map(({ message }, index) => reader.read(messageOf(message), signals[index] ?? never)),
    )
    for (const signal of signals) assert.deepEqual(getEventListeners(signal, 'abort'), [])
    for (const [index, { name, expected }] of samples.entries()) {
      const answer = answers[index]
      assert.ok(answer?.state === 'known', name)
      assert.deepEqual(plain(answer.value), expected, name)
    }
  })

  it('leaves the message as it was, for others who read it', async t => {
    const piece = crlf('Content-Type: application/pdf; name=a.pdf\n\n%PDF-\n')
    const before = Buffer.from(piece)
    await readerFor(t).read(messageOf(piece), never)
    assert.deepEqual(piece, before)
  })

  it('kills a worker that takes too long, and the next message gets another', async t => {
    const clock = new FakeClock()
    const reader = readerFor(t, { clock, script: hangsOnce })
    const message = messageOf(...Array.from({ length: 10 }, () => Buffer.alloc(10)))
    const slow = reader.read(message, never)
    const next = reader.read(small, never)
    await eventually(
      () => message.given() > 2,
      () => 'no worker began',
    )
    clock.advance(9_999)
    assert.equal(clock.timers, 1)
    clock.advance(1)
    assert.deepEqual(await slow, { state: 'unknown', why: { kind: 'unscannable', words: 'not read within 10 s' } })
    assert.equal((await next).state, 'known')
    assert.equal(clock.timers, 0)
  })

  it('does not blame the message if no worker can be started, and goes on', async t => {
    // Node refuses such a script as it would if the system refused a thread: at once.
    const reader = readerFor(t, { script: new URL('http://127.0.0.1/worker.js') })
    const long = messageOf(...Array.from({ length: 10 }, () => Buffer.alloc(10)))
    for (const message of [small, long, messageOf()]) {
      const answer = await reader.read(message, never)
      assert.ok(answer.state === 'unknown' && answer.why.kind === 'down')
      assert.match(answer.why.words, /^its reader cannot be started: The URL must be/)
    }
  })

  it('does not blame the message for a worker that does not start', async t => {
    const clock = new FakeClock()
    const reader = readerFor(t, { clock })
    const first = reader.read(small, never)
    const next = reader.read(small, never)
    // No round of the event loop, in which it might be heard of.
    while (clock.timers === 0) await Promise.resolve()
    clock.advance(10_000)
    assert.deepEqual(await first, {
      state: 'unknown',
      why: { kind: 'down', words: 'its reader did not start within 10 s' },
    })
    assert.equal((await next).state, 'known')
  })

  for (const [how, bad] of [
    ['throws', crashes],
    ['exits', leaves],
  ] as const) {
    it(`does not know what a worker that ${how} would have said, and goes on`, async t => {
      const reader = readerFor(t, { script: bad })
      for (let i = 0; i < 2; i += 1) {
        assert.deepEqual(await reader.read(small, never), {
          state: 'unknown',
          why: { kind: 'down', words: 'its reader broke down' },
        })
      }
    })
  }

  it('does not know a message that takes too much memory', async t => {
    const greedy = script('const all = []; for (;;) all.push(new Array(100000).fill(Math.random()))')
    assert.deepEqual(await readerFor(t, { script: greedy }).read(small, never), {
      state: 'unknown',
      why: { kind: 'unscannable', words: 'takes too much memory to be read' },
    })
  })

  it('does not know a message on which the reader has a bug', async t => {
    const buggy = script("if (note.kind === 'piece') tell({ kind: 'failed', cause: 'x' }, note.job)")
    assert.deepEqual(await readerFor(t, { script: buggy }).read(small, never), {
      state: 'unknown',
      why: { kind: 'unscannable', words: 'its reader failed' },
    })
  })

  for (const [taken, given] of [
    [0, 2],
    [1, 6],
    [10, 15],
  ] as const) {
    it(`asks for ${given} pieces where the worker takes ${taken}`, async t => {
      const clock = new FakeClock()
      const slow = script(`globalThis.taken ??= 0
        if (note.kind === 'piece' && taken === 0) tell({ kind: 'taken' }, 0)
        if (note.kind === 'piece' && taken++ < ${taken}) tell({ kind: 'taken' }, note.job)`)
      const message = messageOf(...Array.from({ length: 100 }, () => Buffer.alloc(10)))
      const answer = readerFor(t, { clock, script: slow }).read(message, never)
      await eventually(
        () => message.given() >= given,
        () => 'too few pieces were asked for',
      )
      await turns(100)
      assert.equal(message.given(), given)
      clock.advance(10_000)
      await answer
    })
  }

  it('is satisfied with the first piece of what has no attachments, and of what has too many parts', async t => {
    const reader = readerFor(t)
    const part = 'Content-Type: application/x; name=a.exe\n\nx\n--b\n'
    const parts = `Content-Type: multipart/mixed; boundary=b\n\n--b\n${part.repeat(1200)}`
    for (const [beginning, unreadable] of [
      ['Subject: x\n\nx\n', undefined],
      [parts, 'more than 1000 parts'],
    ] as const) {
      const message = messageOf(crlf(beginning), ...Array.from({ length: 100 }, () => Buffer.from('x\r\n--b\r\n\r\n')))
      const answer = await reader.read(message, never)
      assert.ok(answer.state === 'known')
      assert.equal(answer.value.unreadable, unreadable)
      assert.ok(message.given() <= 2)
      // Equal attachments are one object on this side, too.
      assert.equal(new Set(answer.value.attachments).size, unreadable === undefined ? 0 : 1)
    }
  })

  it('hands large pieces over in small ones, one after the other', async t => {
    const counts = script(`globalThis.sizes ??= []
      sizes.push(note.bytes.length)
      tell(note.isLast ? { kind: 'read', structure: { ...structure, ambiguous: sizes.join() } } : { kind: 'taken' }, note.job)`)
    const answer = await readerFor(t, { script: counts }).read(messageOf(Buffer.alloc(150_000), Buffer.alloc(3)), never)
    assert.ok(answer.state === 'known')
    assert.equal(answer.value.ambiguous, '65536,65536,18928,3')
  })

  it('answers an abort at once, and gives the worker on when it has put the message down', async t => {
    const polite = script(`if (note.kind === 'drop') tell({ kind: 'dropped' }, note.job)
      else if (note.job > 1) tell(note.isLast ? { kind: 'read', structure } : { kind: 'taken' }, note.job)`)
    const reader = readerFor(t, { script: polite })
    const abort = new AbortController()
    const first = reader.read(small, abort.signal)
    const second = reader.read(small, never)
    abort.abort()
    const dropped = { state: 'unknown', why: { kind: 'down', words: 'nobody waits for it' } }
    assert.deepEqual(await first, dropped)
    assert.equal((await second).state, 'known')
    assert.deepEqual(await reader.read(small, abort.signal), dropped)
  })

  it('kills a worker that does not put an aborted message down', async t => {
    const clock = new FakeClock()
    const reader = readerFor(t, { clock, script: hangsOnce })
    const abort = new AbortController()
    const first = reader.read(small, abort.signal)
    await eventually(
      () => clock.timers === 1,
      () => 'no worker began',
    )
    abort.abort()
    assert.equal((await first).state, 'unknown')
    const second = reader.read(small, never)
    clock.advance(10_000)
    assert.equal((await second).state, 'known')
  })

  for (const [how, fail] of [
    ['fails', () => Promise.reject(new Error('EIO'))],
    ['has not all', () => Promise.resolve()],
  ] as const) {
    it(`drops a message of which the spool ${how}, and goes on`, async t => {
      const reader = readerFor(t)
      const broken: Message = {
        ...small,
        async *pieces() {
          yield await Promise.resolve(Buffer.from('Subject: x\r\n'))
          await fail()
        },
      }
      assert.deepEqual(await reader.read(broken, never), {
        state: 'unknown',
        why: { kind: 'down', words: 'the spool cannot be read' },
      })
      assert.equal((await reader.read(small, never)).state, 'known')
    })
  }

  it('reads a message of no octets', async t => {
    const answer = await readerFor(t).read(messageOf(), never)
    assert.equal(answer.state, 'known')
  })

  it('reads one large message at a time, and small ones beside it', async t => {
    const polite = script(`if (note.kind === 'drop') tell({ kind: 'dropped' }, note.job)
      if (note.kind === 'piece' && note.task.size < 1000) tell({ kind: 'read', structure }, note.job)`)
    const clock = new FakeClock()
    const reader = readerFor(t, { clock, script: polite, workers: 2 })
    const large = messageOf(Buffer.alloc(9 * 1024 * 1024))
    const [first, second] = [new AbortController(), new AbortController()]
    const one = reader.read(large, first.signal)
    const two = reader.read(large, second.signal)
    await Promise.all([reader.read(small, never), reader.read(small, never)])
    assert.equal(clock.timers, 1)
    clock.advance(1)
    first.abort()
    await one
    await eventually(
      () => clock.timers === 1 && clock.untilNext() === 10_000,
      () => 'the second did not begin',
    )
    assert.equal((await reader.read(small, never)).state, 'known')
    second.abort()
    assert.equal((await two).state, 'unknown')
  })

  it('has no worker for what is too large, and no endless line', async t => {
    const clock = new FakeClock()
    const limits = { ...usualLimits, bytes: 100 }
    const reader = readerFor(t, { clock, script: hangs, waiting: 1, limits })
    assert.deepEqual(await reader.read(messageOf(Buffer.alloc(101)), never), {
      state: 'unknown',
      why: { kind: 'unscannable', words: 'larger than 100 octets' },
    })
    const abort = new AbortController()
    const first = reader.read(small, never)
    const second = reader.read(small, abort.signal)
    assert.deepEqual(await reader.read(small, never), {
      state: 'unknown',
      why: { kind: 'down', words: 'too many messages wait to be read' },
    })
    abort.abort()
    assert.equal((await second).state, 'unknown')
    const third = reader.read(small, never)
    await reader.close()
    const closed = { state: 'unknown', why: { kind: 'down', words: 'the gate is going down' } }
    assert.deepEqual(await Promise.all([first, third, reader.read(small, never)]), [closed, closed, closed])
  })
})
