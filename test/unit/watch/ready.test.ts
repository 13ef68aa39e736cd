import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { endpointText } from '../../../src/deliver/endpoint.ts'
import { cleanUp, later } from '../../support/cleanup.ts'
import { Client } from '../../support/client.ts'
import { FakeClock } from '../../support/clock.ts'
import { startGate } from '../../support/gate.ts'
import { ModelHop } from '../../support/model-hop.ts'
import { dovecotOffers } from '../../support/next-hop.ts'
import { turns } from '../../support/turns.ts'

afterEach(cleanUp)

describe('the gate is ready', () => {
  it('as soon as the next hop can be reached, asked by nobody but who asks for it', async () => {
    const hop = new ModelHop('unix', dovecotOffers)
    later(() => hop.close())
    const gate = await startGate({ nextHops: [hop.endpoint], clock: new FakeClock() })
    later(() => gate.close())
    assert.equal(await gate.running.hindrance(), 'the next hop cannot be reached')
    await hop.listen()
    const both = await Promise.all([gate.running.hindrance(), gate.running.hindrance()])
    assert.deepEqual(both, [undefined, undefined])
    assert.equal(hop.peers.length, 1)
    assert.equal(await gate.running.hindrance(), undefined)
    assert.equal(hop.peers.length, 1)
  })

  it('no longer when the next hop has gone, though no mail came meanwhile', async () => {
    const hop = new ModelHop('unix', dovecotOffers)
    await hop.listen()
    const gate = await startGate({ nextHops: [hop.endpoint], clock: new FakeClock() })
    later(() => gate.close())
    assert.equal(await gate.running.hindrance(), undefined)
    hop.close()
    await turns()
    assert.equal(await gate.running.hindrance(), 'the next hop cannot be reached')
  })

  it('not while the next hop is down', async () => {
    const hop = new ModelHop('inet', dovecotOffers)
    await hop.listen()
    later(() => hop.close())
    const gate = await startGate({ nextHops: [hop.endpoint], clock: new FakeClock() })
    later(() => gate.close())
    hop.close()
    const client = await Client.greet(gate.endpoint)
    client.say('MAIL FROM:<>', 'RCPT TO:<ann@example.org>')
    assert.deepEqual(
      (await client.replies(2)).map(({ code }) => code),
      [250, 451],
    )
    assert.equal(await gate.running.hindrance(), 'the next hop cannot be reached')
  })

  it('not if only the next hop of a policy is up', async () => {
    const [hop, other] = [new ModelHop('unix', dovecotOffers), new ModelHop('unix', dovecotOffers)]
    later(() => hop.close())
    await other.listen()
    later(() => other.close())
    const rules = new Map([['example.org/ann.yaml', `next_hop: ${endpointText(other.endpoint)}\n`]])
    const gate = await startGate({ nextHops: [hop.endpoint], clock: new FakeClock(), rules })
    later(() => gate.close())
    const client = await Client.greet(gate.endpoint)
    client.say('MAIL FROM:<>', 'RCPT TO:<ann@example.org>')
    assert.deepEqual(
      (await client.replies(2)).map(({ code }) => code),
      [250, 250],
    )
    assert.equal(await gate.running.hindrance(), 'the next hop cannot be reached')
  })

  it('not while it stops', async () => {
    const hop = new ModelHop('unix', dovecotOffers)
    await hop.listen()
    later(() => hop.close())
    const gate = await startGate({ nextHops: [hop.endpoint], clock: new FakeClock() })
    const client = await Client.greet(gate.endpoint)
    client.say('MAIL FROM:<>', 'RCPT TO:<ann@example.org>')
    await client.replies(2)
    const closed = gate.close()
    assert.equal(await gate.running.hindrance(), 'stopping')
    await client.ask('RSET')
    await closed
  })
})
