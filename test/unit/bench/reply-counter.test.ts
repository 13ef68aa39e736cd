import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ReplyCounter } from '../../bench/clients/reply-counter.ts'

describe('the benchmark client counts replies', () => {
  it('once each, however many lines they have and wherever they are cut', () => {
    const line = fc.constantFrom('250 2.0.0 Ok', '354 go on', '250-one\r\n250-two\r\n250 three', '250')
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat(60), { maxLength: 20 }), (replies, cuts) => {
        const bytes = Buffer.from(replies.map(reply => `${reply}${reply.length === 3 ? ' ' : ''}\r\n`).join(''))
        const counter = new ReplyCounter()
        let counted = 0
        let at = 0
        for (const cut of [...cuts, bytes.length]) {
          counted += counter.count(bytes.subarray(at, at + cut))
          at = Math.min(at + cut, bytes.length)
        }
        assert.equal(counted, replies.length)
      }),
    )
  })

  it('and takes a refusal for the end of the measurement, also if its first digit came alone', () => {
    const counter = new ReplyCounter()
    assert.throws(() => counter.count(Buffer.from('250 Ok\r\n451 4.3.0 Later\r\n')), /451 4\.3\.0 Later/)
    const slow = new ReplyCounter()
    assert.equal(slow.count(Buffer.from('5')), 0)
    assert.throws(() => slow.count(Buffer.from('50 No\r\n')), /refused/)
  })
})
