import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { reply } from '../../../src/reply.ts'
import { Ledger } from '../../../src/settle/ledger.ts'

function open(size: number): { ledger: Ledger; written: string[]; ends: () => number } {
  const written: string[] = []
  let ends = 0
  const ledger = new Ledger(
    size,
    (each, slot) => written.push(`${slot}:${each.lines.join()}`),
    () => (ends += 1),
  )
  return { ledger, written, ends: () => ends }
}

describe('the ledger (WIRE 26, 27)', () => {
  it('writes each reply as soon as it and those before it are known', () => {
    const { ledger, written, ends } = open(3)
    ledger.settle(1, reply(250, '2.0.0', 'b'))
    assert.deepEqual(written, [])
    ledger.settle(0, reply(250, '2.0.0', 'a'))
    assert.deepEqual(written, ['0:a', '1:b'])
    assert.equal(ends(), 0)
    ledger.settle(2, reply(250, '2.0.0', 'c'))
    assert.deepEqual(written, ['0:a', '1:b', '2:c'])
    assert.equal(ends(), 1)
  })

  it('writes exactly one reply per slot in order, whatever is settled how often and in which order', () => {
    const steps = fc.array(fc.oneof(fc.integer({ min: -1, max: 9 }), fc.constant('rest' as const)), { maxLength: 30 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), steps, (size, order) => {
        const { ledger, written, ends } = open(size)
        const first = new Map<number, string>()
        let surplus = 0
        for (const [i, step] of [...order, 'rest' as const].entries()) {
          if (step === 'rest') {
            for (let slot = 0; slot < size; slot += 1) if (!first.has(slot)) first.set(slot, `rest ${i}`)
            ledger.settleRest(reply(451, '4.3.0', `rest ${i}`))
            continue
          }
          if (step < 0 || step >= size || first.has(step)) surplus += 1
          else first.set(step, `step ${i}`)
          ledger.settle(step, reply(250, '2.0.0', `step ${i}`))
        }
        assert.deepEqual(
          written,
          Array.from({ length: size }, (_, slot) => `${slot}:${first.get(slot) ?? ''}`),
        )
        assert.equal(ends(), 1)
        assert.equal(ledger.surplus, surplus)
      }),
    )
  })
})
