/** A next hop that cannot even be connected to (WIRE 43, 53): the rest of the matrix needs a connection. */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { cleanUp, later } from '../support/cleanup.ts'
import { Client } from '../support/client.ts'
import { FakeClock } from '../support/clock.ts'
import { DeafListener } from '../support/deaf-listener.ts'
import { startGate } from '../support/gate.ts'
import { ModelHop } from '../support/model-hop.ts'
import { dovecotOffers } from '../support/next-hop.ts'
import { passWhileNothingHappens } from '../support/passing.ts'

afterEach(cleanUp)

describe('a next hop that hangs while being connected to', () => {
  it('costs 5 s at start and 5 s for a recipient, who is asked to come again', async () => {
    const deaf = await DeafListener.open()
    later(() => deaf.close())
    const clock = new FakeClock()
    const still = (): number => 0
    const gate = await passWhileNothingHappens(startGate({ nextHops: [deaf.endpoint], clock }), clock, still)
    later(() => gate.close())
    assert.equal(clock.now(), 5000)
    const client = await Client.greet(gate.endpoint)
    client.say('MAIL FROM:<a@example.net>', 'RCPT TO:<u1@example.org>', 'RCPT TO:<u2@example.org>', 'DATA')
    const replies = await passWhileNothingHappens(client.replies(4), clock, () => client.peer.unreadSize)
    assert.deepEqual(
      replies.map(({ lines }) => lines[0]?.slice(0, 9)),
      ['250 2.1.0', '451 4.4.1', '451 4.4.1', '503 5.5.1'],
    )
    assert.equal(clock.now(), 10_000)
  })

  it('is passed over for the next in the list', async () => {
    const deaf = await DeafListener.open()
    later(() => deaf.close())
    const hop = new ModelHop('unix', dovecotOffers)
    await hop.listen()
    later(() => hop.close())
    const clock = new FakeClock()
    const nextHops = [deaf.endpoint, hop.endpoint]
    const gate = await passWhileNothingHappens(startGate({ nextHops, clock }), clock, () => hop.activity)
    later(() => gate.close())
    later(() => hop.close())
    const client = await Client.greet(gate.endpoint)
    client.say('MAIL FROM:<a@example.net>', 'RCPT TO:<u1@example.org>', 'BDAT 0 LAST')
    const replies = await passWhileNothingHappens(client.replies(3), clock, () => hop.activity)
    assert.deepEqual(
      replies.map(({ code }) => code),
      [250, 250, 250],
    )
    assert.equal(hop.finals.length, 1)
  })
})
