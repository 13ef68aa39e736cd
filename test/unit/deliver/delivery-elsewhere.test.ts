/** Recipients in a folder of their own, and messages that the next hop cannot take as they are. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Message } from '../../../src/transaction.ts'
import { alice, bob, chunk, deliver, groupOf, offered, takeEnvelope, text } from '../../support/delivery.ts'
import { offerTo } from '../../support/offering.ts'
import { lines, messageOf, senderOf, withServer } from '../../support/scripted-server.ts'

describe('delivery of a folder', () => {
  const junk = { recipient: alice, path: 'alice+Junk@x' } as const

  it('falls back to the plain address when that of the folder is refused for good', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice, bob])
      const group = { ...groupOf([bob]), recipients: [junk, { recipient: bob, path: 'bob@x' }] }
      const told = deliver(downstream, group)
      assert.deepEqual((await lines(peer, 4))[2], 'RCPT TO:<alice+Junk@x>')
      peer.send('250 ok\r\n250 ok\r\n550 5.1.1 no\r\n250 ok\r\n')
      await peer.octets(chunk.length)
      peer.send('250 b\r\n')
      assert.deepEqual(await takeEnvelope(peer, 1), ['MAIL FROM:<s@x>', 'RCPT TO:<alice@x>'])
      await peer.octets(chunk.length)
      peer.send('250 a\r\n')
      assert.deepEqual(await told, ['1 end of data 250 b', '0 end of data 250 a'])
    })
  })

  it('takes the answer to the plain address as it is, and a refusal for now, too', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice])
      const told = deliver(downstream, { ...groupOf([]), recipients: [junk] })
      await lines(peer, 3)
      peer.send('250 ok\r\n250 ok\r\n550 5.1.1 no\r\n')
      await lines(peer, 3)
      peer.send('250 ok\r\n250 ok\r\n550 5.7.1 not him either\r\n')
      assert.deepEqual(await told, ['0 RCPT 550 not him either'])
      const later = deliver(downstream, { ...groupOf([]), recipients: [junk] })
      await lines(peer, 3)
      peer.send('250 ok\r\n250 ok\r\n451 4.3.0 later\r\n')
      assert.deepEqual(await later, ['0 RCPT 451 later'])
    })
  })

  it('is a failure of ours where there is no other address', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice])
      const told = deliver(downstream, { ...groupOf([]), recipients: [{ ...junk, fallback: 'defer' }] })
      await lines(peer, 3)
      peer.send('250 ok\r\n250 ok\r\n550 5.1.1 no\r\n')
      assert.deepEqual(await told, ['0 ours address of the mailbox refused: 550 5.1.1 no'])
    })
  })

  it('falls back when its address cannot be written', async () => {
    await withServer(async ({ server, hop }) => {
      const downstream = hop.begin(senderOf('s@x', ['SMTPUTF8']))
      const told = deliver(downstream, {
        ...groupOf([]),
        recipients: [{ recipient: alice, path: 'alice+Entw\xc3\xbcrfe@x' }],
      })
      const peer = await server.ready()
      assert.deepEqual(await takeEnvelope(peer, 1), ['MAIL FROM:<s@x>', 'RCPT TO:<alice@x>'])
      await peer.octets(chunk.length)
      peer.send('250 a\r\n')
      assert.deepEqual(await told, ['0 end of data 250 a'])
    })
  })
})

describe('delivery that the next hop cannot take', () => {
  const cases: readonly (readonly [string, Partial<Message>, readonly string[], readonly string[], string])[] = [
    ['8-bit content', { eightBit: 'body' }, [], ['PIPELINING'], '0 cannot 8bitmime'],
    ['8-bit headers', { eightBit: 'header' }, ['SMTPUTF8'], ['PIPELINING', '8BITMIME'], '0 cannot smtputf8'],
  ]
  for (const [name, more, params, offers, expected] of cases)
    it(`is told apart: ${name}`, async () => {
      await withServer(async ({ server, hop }) => {
        const downstream = hop.begin(senderOf('s@x', params))
        const offer = offerTo(downstream, alice)
        const peer = await server.ready(offers)
        await takeEnvelope(peer, 1)
        await offer
        assert.deepEqual(await deliver(downstream, groupOf([alice], messageOf([text], more))), [expected])
        downstream.release()
        assert.equal(await peer.line(), 'RSET')
      })
    })

  it('goes on without the parameter if it is ASCII throughout', async () => {
    await withServer(async ({ server, hop }) => {
      const downstream = hop.begin(senderOf('s@x', ['SMTPUTF8', 'BODY=8BITMIME']))
      const told = deliver(downstream, groupOf([alice], messageOf([text], { eightBit: 'body' })))
      const peer = await server.ready(['8BITMIME', 'CHUNKING'])
      assert.equal(await peer.line(), 'MAIL FROM:<s@x> BODY=8BITMIME')
      peer.send('250 ok\r\n')
      await peer.line()
      peer.send('250 ok\r\n')
      await peer.octets(chunk.length)
      peer.send('250 a\r\n')
      assert.deepEqual(await told, ['0 end of data 250 a'])
    })
  })
})
