/** What was certain of a recipient at RCPT is not asked again when the message is here. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { envelopeFacts, factsAtRcpt } from '../../src/assess/envelope.ts'
import type { Sources } from '../../src/assess/assessment.ts'
import { policyOf } from '../../src/decide/policy-of.ts'
import { saysNothing } from '../../src/decide/settings.ts'
import type { Certain } from '../../src/decide/decide.ts'
import { decideAtRcpt } from '../../src/decide/trial.ts'
import { verdictsFor } from '../../src/verdicts.ts'
import { transaction } from '../support/judged.ts'
import { messageOf, recipientOf } from '../support/scripted-server.ts'

const nobodyAsked: Sources = {
  spam: undefined,
  spamProves: false,
  virus: undefined,
  mime: { read: () => Promise.reject(new Error('nobody wants to know')) },
  authservs: [],
}

it('goes on from where RCPT came to', async () => {
  const recipient = recipientOf('alice@example.org')
  const policy = policyOf(saysNothing, '+', { spam: false, virus: false, proof: false })
  const facts = factsAtRcpt(envelopeFacts(transaction), recipient)
  const { opening } = decideAtRcpt(facts, policy)
  assert.equal(opening?.own.action, 'deliver')
  const other: Certain = { own: { ...opening.own, action: 'junk' } }
  const travellers = [opening, other, undefined].map(one => ({ recipient, facts, policy, opening: one }))
  const { sender, client, id } = transaction
  const message = messageOf(['From: a@x.example\r\n\r\nbody\r\n'])
  const subject = { message, sender, recipients: [recipient], client, transaction: id }
  const { judged } = await verdictsFor(travellers, nobodyAsked, subject)
  assert.deepEqual(
    judged.map(({ verdict }) => verdict.action),
    ['deliver', 'junk', 'deliver'],
  )
})
