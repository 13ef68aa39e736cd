/** The moment that is moved often and reached seldom. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Watchdog } from '../../../src/deliver/watchdog.ts'
import { FakeClock } from '../../support/clock.ts'

function setUp() {
  const clock = new FakeClock()
  const barks: string[] = []
  return { clock, barks, dog: new Watchdog(clock) }
}

describe('watchdog', () => {
  it('barks once, at the moment', () => {
    const { clock, barks, dog } = setUp()
    dog.set(100, () => barks.push('a'))
    clock.advance(99)
    assert.equal(barks.join(), '')
    clock.advance(1)
    assert.equal(barks.join(), 'a')
    clock.advance(1000)
    assert.equal(barks.join(), 'a')
  })

  it('moves on and back, with the newest task', () => {
    const { clock, barks, dog } = setUp()
    dog.set(100, () => barks.push('a'))
    dog.set(200, () => barks.push('b'))
    clock.advance(150)
    assert.equal(barks.join(), '')
    dog.set(160, () => barks.push('c'))
    clock.advance(10)
    assert.equal(barks.join(), 'c')
    clock.advance(500)
    assert.equal(barks.join(), 'c')
  })

  it('sets one timer however often it is moved on', () => {
    const { clock, dog } = setUp()
    for (let at = 100; at < 200; at += 1) dog.set(at, () => undefined)
    assert.equal(clock.timers, 1)
  })

  it('keeps still when cleared, and can be set again', () => {
    const { clock, barks, dog } = setUp()
    dog.set(100, () => barks.push('a'))
    dog.clear()
    clock.advance(200)
    dog.set(300, () => barks.push('b'))
    clock.advance(100)
    assert.equal(barks.join(), 'b')
  })

  it('leaves no timer behind when stopped', () => {
    const { clock, barks, dog } = setUp()
    dog.set(100, () => barks.push('a'))
    dog.stop()
    assert.equal(clock.timers, 0)
    clock.advance(200)
    assert.equal(barks.join(), '')
  })

  it('barks at once for a moment that has passed', () => {
    const { clock, barks, dog } = setUp()
    clock.advance(500)
    dog.set(100, () => barks.push('a'))
    clock.advance(1)
    assert.equal(barks.join(), 'a')
  })
})
