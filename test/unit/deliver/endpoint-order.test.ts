/** Which next hop is tried first. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EndpointOrder } from '../../../src/deliver/endpoint-order.ts'
import type { Endpoint } from '../../../src/deliver/endpoint.ts'
import { FakeClock } from '../../support/clock.ts'

const first: Endpoint = { kind: 'unix', path: '/1' }
const second: Endpoint = { kind: 'unix', path: '/2' }
const third: Endpoint = { kind: 'unix', path: '/3' }

describe('endpoint order', () => {
  it('puts one that failed last for 30 s, and then goes back to it', () => {
    const clock = new FakeClock()
    const order = new EndpointOrder([first, second, third], clock)
    assert.deepEqual(order.now(), [first, second, third])
    order.failed(first)
    assert.deepEqual(order.now(), [second, third, first])
    clock.advance(29_999)
    assert.deepEqual(order.now(), [second, third, first])
    clock.advance(1)
    assert.deepEqual(order.now(), [first, second, third])
  })

  it('keeps them all when all failed, and forgives one that was reached', () => {
    const order = new EndpointOrder([first, second], new FakeClock())
    order.failed(first)
    order.failed(second)
    assert.deepEqual(order.now(), [first, second])
    order.reached(second)
    assert.deepEqual(order.now(), [second, first])
  })

  it('says what is news', () => {
    const order = new EndpointOrder([first], new FakeClock())
    assert.deepEqual(
      [order.reached(first), order.reached(first), order.failed(first), order.failed(first), order.reached(first)],
      [true, false, true, false, true],
    )
  })
})
