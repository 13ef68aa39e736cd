/** A bug in our own code between a RCPT and its reply concerns that recipient alone. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Client } from '../support/client.ts'
import { FakeClock } from '../support/clock.ts'
import { startGate } from '../support/gate.ts'
import { kindly, ModelHop } from '../support/model-hop.ts'
import { dovecotOffers } from '../support/next-hop.ts'

it('a bug when the next hop has answered is told to its recipient, and the conversation with it stays in step', async () => {
  const hop = new ModelHop('unix', dovecotOffers)
  await hop.listen()
  hop.fates = { ...kindly, rcpt: path => (path.startsWith('b') ? '550 5.1.1 no' : '250 2.1.5 ok') }
  const gate = await startGate({
    nextHops: [hop.endpoint],
    clock: new FakeClock(),
    onRecipient: line => {
      if (line.includes('to=<bob@')) throw new Error('a bug')
    },
  })
  try {
    const client = await Client.greet(gate.endpoint)
    const names = ['alice', 'bob', 'ben', 'carl']
    client.say('MAIL FROM:<a@x.example>', ...names.map(name => `RCPT TO:<${name}@example.org>`), 'DATA')
    const codes = (await client.replies(6)).map(({ code }) => code)
    assert.deepEqual(codes, [250, 250, 451, 550, 250, 354])
    client.say('.')
    assert.deepEqual(
      (await client.replies(2)).map(({ lines }) => lines[0]?.replace(/#\d+/, '#')),
      ['250 2.0.0 saved # <alice@example.org>', '250 2.0.0 saved # <carl@example.org>'],
    )
    assert.ok(gate.log().some(line => line.startsWith('error: bug: ') && line.includes('Error: a bug')))
    assert.deepEqual(hop.amiss, [])
  } finally {
    hop.close()
    await gate.close()
  }
})

it('a bug behind what is kept back leaves the delivery its own reply', async () => {
  const hop = new ModelHop('unix', dovecotOffers)
  await hop.listen()
  let letAnswer: () => void = () => undefined
  const isDue = new Promise<void>(resolve => (letAnswer = resolve))
  hop.send = async (peer, octets) => {
    if (octets.includes('saved')) await isDue
    peer.send(octets)
  }
  const gate = await startGate({
    nextHops: [hop.endpoint],
    clock: new FakeClock(),
    rules: new Map([['example.org/kept.yaml', 'rules: [{ when: { size: { min: 1 } }, then: quarantine }]']]),
    onRecipient: line => {
      if (!line.includes('to=<kept@')) return
      setImmediate(letAnswer)
      throw new Error('a bug')
    },
  })
  try {
    const client = await Client.greet(gate.endpoint)
    client.say('MAIL FROM:<a@x.example>', 'RCPT TO:<alice@example.org>', 'RCPT TO:<kept@example.org>', 'DATA')
    await client.replies(4)
    client.say('text', '.')
    assert.deepEqual(
      (await client.replies(2)).map(({ lines }) => lines[0]?.replace(/#\d+/, '#')),
      ['250 2.0.0 saved # <alice@example.org>', '250 2.7.0 Kept in quarantine'],
    )
    assert.ok(gate.log().some(line => line.startsWith('error: bug: ') && line.includes('Error: a bug')))
  } finally {
    hop.close()
    await gate.close()
  }
})
