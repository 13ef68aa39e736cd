/** How scans are led: caps, the line and its end, deadlines, endpoints in turn, and events told once. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Runner, type Ask, type Attempt, type RunnerOptions } from '../../../../src/assess/scan/runner.ts'
import type { ScannerEvent } from '../../../../src/assess/scan/scanner.ts'
import type { Endpoint } from '../../../../src/deliver/endpoint.ts'
import { FakeClock } from '../../../support/clock.ts'
import { turns } from '../../../support/turns.ts'
import { words } from './support.ts'

const [first, second] = ['/first', '/second'].map((path): Endpoint => ({ kind: 'unix', path })) as [Endpoint, Endpoint]
const never = new AbortController().signal
const ok: Attempt<string> = { kind: 'known', value: 'clean' }
const refused: Attempt<string> = { kind: 'failed', cause: 'connection refused', answered: false }

function runnerOf(more: Partial<RunnerOptions> = {}) {
  const clock = new FakeClock()
  const events: ScannerEvent[] = []
  const onEvent = (event: ScannerEvent): void => void events.push(event)
  const defaults = { name: 'clamd', endpoints: [first], clock, onEvent, concurrent: 2, waiting: 1, timeout: 60_000 }
  return { runner: new Runner({ ...defaults, ...more }), clock, events }
}

/** Says nothing until the signal says that nobody listens. */
const silent: Ask<string> = (_, signal) =>
  new Promise(resolve =>
    signal.addEventListener('abort', () => resolve({ kind: 'failed', cause: 'cancelled', answered: false })),
  )

describe('runner', () => {
  it('no more at a time than allowed, a bounded line, and overload beyond', async () => {
    const { runner } = runnerOf()
    let running = 0
    let most = 0
    const release: (() => void)[] = []
    const ask: Ask<string> = async () => {
      running += 1
      most = Math.max(most, running)
      await new Promise<void>(resolve => release.push(resolve))
      running -= 1
      return ok
    }
    const all = Array.from({ length: 4 }, () => runner.run(never, ask))
    await turns()
    assert.equal(words(await all[3]!), 'down clamd: overload')
    assert.equal(release.length, 2)
    for (let done = 0; done < 3; done += 1) {
      release.shift()?.()
      await turns()
    }
    assert.deepEqual((await Promise.all(all.slice(0, 3))).map(words), Array(3).fill('known "clean"'))
    assert.equal(most, 2)
    assert.equal(words(await runner.run(never, () => Promise.resolve(ok))), 'known "clean"', 'there is room again')
  })

  it('who waits in line for too long is told so, and one who leaves makes room', async () => {
    const { runner, clock } = runnerOf({ concurrent: 1, endpoints: [first, second], timeout: 30_000 })
    const busy = runner.run(never, () => new Promise(() => undefined))
    const gone = new AbortController()
    const left = runner.run(gone.signal, silent)
    await turns()
    gone.abort()
    assert.equal(words(await left), 'down cancelled')
    const waiting = runner.run(never, silent)
    await clock.pass(30_000)
    assert.match(words(await waiting), /^down clamd: overload/)
    assert.equal(await Promise.race([busy, Promise.resolve('still running')]), 'still running')
  })

  it('the time in line is not taken from the scan: nobody is blamed for what others took', async () => {
    const { runner, clock, events } = runnerOf({ concurrent: 1, waiting: 10 })
    const busy = runner.run(never, silent)
    await turns()
    await clock.pass(59_000)
    const next = runner.run(never, silent)
    await clock.pass(1_000)
    assert.equal(words(await busy), 'down clamd: no answer for 60 s')
    await clock.pass(59_999)
    assert.equal(await Promise.race([next, turns().then(() => 'still running')]), 'still running')
    await clock.pass(1)
    assert.equal(words(await next), 'down clamd: no answer for 60 s')
    assert.deepEqual(events, [])
  })

  it('silence is unknown after the deadline, and the silent endpoint is let go', async () => {
    const { runner, clock } = runnerOf()
    const scan = runner.run(never, silent)
    await clock.pass(59_999)
    await clock.pass(1)
    assert.equal(words(await scan), 'down clamd: no answer for 60 s')
    assert.equal(clock.timers, 0)
  })

  it('the endpoints in turn; a silent one leaves time for the next', async () => {
    const { runner, clock } = runnerOf({ endpoints: [first, second] })
    const asked: Endpoint[] = []
    const scan = runner.run(never, (endpoint, signal) => {
      asked.push(endpoint)
      return endpoint === first ? silent(endpoint, signal) : Promise.resolve(ok)
    })
    await clock.pass(30_000)
    assert.equal(words(await scan), 'known "clean"')
    assert.deepEqual(asked, [first, second])
  })

  it('what is unscannable at one is so at all; what we cannot read is no endpoint’s fault', async () => {
    const { runner, events } = runnerOf({ endpoints: [first, second] })
    let asked = 0
    const answering = (attempt: Attempt<string>) => () => {
      asked += 1
      return Promise.resolve(attempt)
    }
    assert.equal(
      words(await runner.run(never, answering({ kind: 'unscannable', words: 'encrypted' }))),
      'unscannable clamd: encrypted',
    )
    for (let i = 0; i < 10; i += 1)
      assert.equal(words(await runner.run(never, answering({ kind: 'ours', cause: 'spool' }))), 'down spool')
    assert.equal(asked, 11)
    assert.deepEqual(events, [])
  })

  it('a daemon that is down is told once, left alone, tried again, and told to be back', async () => {
    const { runner, clock, events } = runnerOf()
    let asked = 0
    let answer: Attempt<string> = refused
    const ask: Ask<string> = () => {
      asked += 1
      return Promise.resolve(answer)
    }
    for (let i = 0; i < 20; i += 1) assert.equal(words(await runner.run(never, ask)), 'down clamd: connection refused')
    assert.equal(asked, 5)
    clock.advance(10_000)
    await runner.run(never, ask)
    assert.equal(asked, 6)
    answer = ok
    clock.advance(20_000)
    assert.equal(words(await runner.run(never, ask)), 'known "clean"')
    assert.deepEqual(events, [
      { kind: 'scanner down', scanner: 'clamd', endpoint: first, cause: 'connection refused' },
      { kind: 'scanner up', scanner: 'clamd', endpoint: first, cause: 'answers again' },
    ])
  })

  it('half open, one scan tries it and the others do not wait for that', async () => {
    const { runner, clock } = runnerOf({ concurrent: 4 })
    for (let i = 0; i < 5; i += 1) await runner.run(never, () => Promise.resolve(refused))
    clock.advance(10_000)
    const probe = runner.run(never, silent)
    await turns()
    assert.equal(words(await runner.run(never, () => Promise.resolve(ok))), 'down clamd: connection refused')
    await clock.pass(60_000)
    assert.equal(words(await probe), 'down clamd: no answer for 60 s')
  })

  it('callers who leave are no failures', async () => {
    const { runner, events } = runnerOf()
    for (let i = 0; i < 20; i += 1) {
      const gone = new AbortController()
      const scan = runner.run(gone.signal, silent)
      await turns(2)
      gone.abort()
      assert.equal(words(await scan), 'down cancelled')
    }
    assert.deepEqual(events, [])
    assert.equal(words(await runner.run(never, () => Promise.resolve(ok))), 'known "clean"')
  })

  it('a bug in asking is a rejection and leaves nothing behind', async () => {
    const { runner, clock } = runnerOf({ concurrent: 1, waiting: 0 })
    await assert.rejects(
      runner.run(never, () => Promise.reject(new Error('bug'))),
      /bug/,
    )
    assert.equal(words(await runner.run(never, () => Promise.resolve(ok))), 'known "clean"')
    assert.equal(clock.timers, 0)
  })
})
