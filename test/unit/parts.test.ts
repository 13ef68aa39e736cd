/** Draining: what was begun is brought to its end, and so is what somebody was promised. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Client } from '../support/client.ts'
import { FakeClock } from '../support/clock.ts'
import { startGate } from '../support/gate.ts'
import { ModelHop } from '../support/model-hop.ts'
import { dovecotOffers } from '../support/next-hop.ts'
import { eventually, turns } from '../support/turns.ts'

describe('draining', () => {
  it('waits for the notices of what was kept back, also for those that were not begun', async () => {
    const hop = new ModelHop('inet', dovecotOffers)
    await hop.listen()
    let answer: (() => void) | undefined
    const answered = new Promise<void>(resolve => (answer = resolve))
    let held = 0
    hop.fault = ({ stage }) => {
      if (stage !== 'final') return undefined
      return async (peer, reply) => {
        held += 1
        await answered
        peer.send(`${reply}\r\n`)
        return 'said'
      }
    }
    const rules = new Map([
      ['example.org/_domain.yaml', 'rules: [{ then: quarantine }]\nquarantine: { notice: true }\n'],
    ])
    const gate = await startGate({ nextHops: [hop.endpoint], clock: new FakeClock(), rules })
    try {
      const client = await Client.greet(gate.endpoint)
      client.say('MAIL FROM:<a@x.example>', 'RCPT TO:<alice@example.org>', 'RCPT TO:<bob@example.org>', 'DATA')
      await client.replies(4)
      client.say('Subject: x', '', 'text', '.', 'QUIT')
      const replies = await client.replies(3)
      assert.deepEqual(
        replies.map(({ code }) => code),
        [250, 250, 221],
      )
      await client.peer.end()
      await eventually(
        () => held === 1,
        () => 'the first notice does not come',
      )
      let isDrained = false
      const drained = gate.drain().then(() => (isDrained = true))
      await turns(50)
      assert.equal(isDrained, false)
      answer?.()
      await drained
      assert.deepEqual(hop.taken, ['alice@example.org', 'bob@example.org'])
      assert.doesNotMatch(gate.log().join('\n'), /notice not delivered/)
    } finally {
      answer?.()
      hop.close()
      await gate.close()
    }
  })
})
