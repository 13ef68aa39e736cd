/** The breaker as plain state: when it opens, whom it lets through half open, and what it tells. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Breaker } from '../../../../src/assess/scan/breaker.ts'
import { FakeClock } from '../../../support/clock.ts'

const options = { failures: 3, pause: 10_000, longest: 60_000 }

function failing(times: number, answered = false) {
  const clock = new FakeClock()
  const breaker = new Breaker(clock, options)
  const told = Array.from({ length: times }, () => breaker.failed(breaker.enter()!, answered))
  return { clock, breaker, told }
}

describe('breaker', () => {
  it('opens after so many failures in a row, and says so once', () => {
    const { breaker, told } = failing(3)
    assert.deepEqual(told, [undefined, undefined, 'down'])
    assert.equal(breaker.enter(), undefined)
  })

  it('an answer in between starts the count again', () => {
    const { breaker } = failing(2)
    assert.equal(breaker.succeeded(breaker.enter()!), undefined)
    breaker.failed(breaker.enter()!, false)
    breaker.failed(breaker.enter()!, false)
    assert.ok(breaker.admits)
  })

  it('half open, one may try; his success closes it and is told', () => {
    const { clock, breaker } = failing(3)
    clock.advance(9_999)
    assert.equal(breaker.enter(), undefined)
    clock.advance(1)
    const probe = breaker.enter()
    assert.deepEqual(probe, { probe: true })
    assert.equal(breaker.enter(), undefined, 'a second one meanwhile')
    assert.equal(breaker.succeeded(probe), 'up')
    assert.deepEqual(breaker.enter(), { probe: false })
  })

  it('stays shut twice as long after each failed try, up to the longest', () => {
    const { clock, breaker } = failing(3)
    for (const pause of [10_000, 20_000, 40_000, 60_000, 60_000]) {
      clock.advance(pause - 1)
      assert.equal(breaker.admits, false, `just before ${pause}`)
      clock.advance(1)
      assert.equal(breaker.failed(breaker.enter()!, false), undefined, 'told once')
    }
  })

  it('a try whose caller left is not held against anybody', () => {
    const { clock, breaker } = failing(3)
    clock.advance(10_000)
    breaker.abandoned(breaker.enter()!)
    assert.deepEqual(breaker.enter(), { probe: true })
  })

  it('useless answers are told, but never shut it: one message must not stop all others', () => {
    const { breaker, told } = failing(10, true)
    assert.deepEqual(told, [undefined, undefined, 'down', ...Array<undefined>(7).fill(undefined)])
    assert.ok(breaker.admits)
    assert.equal(breaker.succeeded(breaker.enter()!), 'up')
  })

  it('late failures of scans begun before it opened change nothing', () => {
    const clock = new FakeClock()
    const breaker = new Breaker(clock, options)
    const tickets = Array.from({ length: 6 }, () => breaker.enter()!)
    for (const ticket of tickets) breaker.failed(ticket, false)
    clock.advance(10_000)
    assert.ok(breaker.admits)
  })

  it('whatever happens: down and up alternate, and it is never shut for longer than the longest', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constantFrom('ok', 'silent', 'useless', 'left') }),
      fc.record({ kind: fc.constant('wait'), ms: fc.integer({ min: 0, max: 70_000 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        const clock = new FakeClock()
        const breaker = new Breaker(clock, options)
        const told: string[] = []
        for (const step of steps) {
          if ('ms' in step) {
            clock.advance(step.ms)
            continue
          }
          const ticket = breaker.enter()
          if (ticket === undefined) continue
          if (step.kind === 'left') breaker.abandoned(ticket)
          else {
            const change =
              step.kind === 'ok' ? breaker.succeeded(ticket) : breaker.failed(ticket, step.kind === 'useless')
            if (change !== undefined) told.push(change)
          }
        }
        told.forEach((change, i) => assert.equal(change, i % 2 === 0 ? 'down' : 'up'))
        clock.advance(options.longest)
        assert.ok(breaker.admits)
      }),
    )
  })
})
