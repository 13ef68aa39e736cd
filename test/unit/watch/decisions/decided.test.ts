/** What a transaction hands to the decision log. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { known, nothingLearned } from '../../../../src/decide/facts.ts'
import { decidedAtEnd, decidedAtRcpt } from '../../../../src/watch/decisions/decided.ts'
import { judged, transaction } from '../../../support/judged.ts'

it('at the end of data, everybody in order, and what was known then once for each profile', () => {
  const withProfile = (slot: number, path: string, profile: string) => {
    const one = judged(slot, path)
    return { ...one, policy: { ...one.policy, profile } }
  }
  const asked: string[] = []
  const decision = decidedAtEnd(
    transaction,
    [withProfile(0, 'a@x', 'strict'), withProfile(1, 'b@x', ''), withProfile(2, 'a@x', 'strict')],
    profile => {
      asked.push(profile)
      return { ...nothingLearned, size: known(profile.length) }
    },
  )
  assert.equal(decision.stage, 'end of data')
  assert.equal(decision.id, transaction.id)
  assert.deepEqual(
    decision.recipients.map(({ recipient, profile }) => `${recipient.path} ${profile}`),
    ['a@x strict', 'b@x ', 'a@x strict'],
  )
  assert.deepEqual(asked, ['strict', ''])
  assert.deepEqual(
    [...decision.evidence].map(([profile, { size }]) => [profile, size]),
    [
      ['strict', known(6)],
      ['', known(0)],
    ],
  )
})

it('at RCPT, who was refused, and that nothing was known of the message', () => {
  const { recipient, verdict } = judged(0, 'a@x', { action: 'reject' })
  const decision = decidedAtRcpt(transaction, { recipient, profile: 'strict', verdict })
  assert.equal(decision.stage, 'RCPT')
  assert.deepEqual(decision.recipients, [{ recipient, profile: 'strict', verdict }])
  assert.equal(decision.evidence.size, 0)
})
