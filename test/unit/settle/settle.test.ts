import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Outcome, Stage } from '../../../src/deliver/outcome.ts'
import { formatReply, reply } from '../../../src/reply.ts'
import { settleOutcome, settleRefusal } from '../../../src/settle/settle.ts'

const stages: readonly Stage[] = ['connect', 'greeting', 'LHLO', 'MAIL', 'RCPT', 'DATA', 'message', 'end of data']

function settle(outcome: Outcome): string {
  const { reply: settled, inDoubt } = settleOutcome(outcome)
  return `${settled.code} ${settled.enhanced ?? ''}${inDoubt ? ' in doubt' : ''}`
}

describe('what the next hop answered', () => {
  it('goes on unchanged', () => {
    for (const at of ['MAIL', 'RCPT', 'DATA', 'end of data'] as const) {
      for (const answer of [
        reply(550, '5.1.1', 'Unknown'),
        reply(452, '4.2.2', 'Full', 'Really'),
        reply(501, '5.1.3', 'Bad'),
      ]) {
        const settled = settleOutcome({ kind: 'answered', at, reply: answer })
        assert.equal(settled.reply, answer)
        assert.equal(settled.cause, undefined)
      }
    }
    const taken = reply(250, '2.0.0', '<u> R3 Saved')
    assert.equal(settleOutcome({ kind: 'answered', at: 'end of data', reply: taken }).reply, taken)
  })

  it('is no bounce where it speaks of its connection, or of our faults (invariant 5)', () => {
    for (const at of ['MAIL', 'RCPT', 'DATA', 'end of data'] as const) {
      assert.equal(settle({ kind: 'answered', at, reply: reply(421, '4.3.2', 'Bye') }), '451 4.3.2')
      for (const code of [500, 502, 503, 504, 555]) {
        assert.equal(settle({ kind: 'answered', at, reply: reply(code, '5.5.1', 'You erred') }), '451 4.5.0')
      }
    }
    for (const at of ['greeting', 'LHLO'] as const) {
      for (const code of [421, 450, 500, 554]) {
        assert.equal(settle({ kind: 'answered', at, reply: reply(code, undefined, 'Go away') }), '451 4.4.1')
      }
    }
    assert.equal(settle({ kind: 'answered', at: 'DATA', reply: reply(354, undefined, 'Go on') }), '451 4.5.0')
  })
})

describe('silence', () => {
  it('is never success, and in doubt after the last byte alone (invariants 2, 3)', () => {
    const expected = new Map<Stage, string>([
      ['connect', '451 4.4.1'],
      ['greeting', '451 4.4.1'],
      ['LHLO', '451 4.4.1'],
      ['end of data', '451 4.4.2 in doubt'],
    ])
    for (const at of stages) {
      assert.equal(settle({ kind: 'unanswered', at, cause: 'connection closed' }), expected.get(at) ?? '451 4.4.2', at)
    }
  })

  it('of our own making is transient too', () => {
    assert.equal(settle({ kind: 'busy', cause: 'no connection for 10 s' }), '451 4.3.2')
    assert.match(settle({ kind: 'ours', cause: 'spool' }), /^4/)
    assert.equal(settle({ kind: 'cannot', why: 'smtputf8' }), '550 5.6.7')
    assert.equal(settle({ kind: 'cannot', why: '8bitmime' }), '554 5.6.3')
  })
})

describe('what policy refuses', () => {
  it('is said in the words of the policy, or in ours', () => {
    const told = settleRefusal('reject', { code: 550, enhanced: '5.1.1', text: 'Gone' })
    assert.deepEqual(told, reply(550, '5.1.1', 'Gone'))
    const size = settleRefusal('reject', { code: 552, enhanced: '5.2.3', text: undefined })
    assert.equal(size.code, 552)
    assert.match(size.lines.join(), /too big/)
    const foreign = settleRefusal('reject', { code: 550, enhanced: '5.7.1', text: 'Grüße – „Łódź“ 漢…' })
    assert.equal(formatReply(foreign), '550 5.7.1 Grusse - "Lodz" ?...\r\n')
    assert.equal(settleRefusal('reject', undefined).enhanced, '5.7.1')
    assert.equal(settleRefusal('defer', undefined).code, 451)
    assert.equal(settleRefusal('discard', undefined).code, 250)
  })
})
