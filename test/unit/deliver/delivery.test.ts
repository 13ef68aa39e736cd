/** Groups handed on over real sockets: what goes over the wire, and what the next hop may answer. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  alice,
  bob,
  carol,
  chunk,
  dataOnly,
  deliver,
  dots,
  groupOf,
  offered,
  takeEnvelope,
  until,
} from '../../support/delivery.ts'
import { offerTo } from '../../support/offering.ts'
import { lines, senderOf, withServer } from '../../support/scripted-server.ts'
import { turns } from '../../support/turns.ts'

describe('delivery', () => {
  it('carries on with the open transaction when it holds just the group: one BDAT, headers and message counted', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice, bob, alice])
      const told = deliver(downstream, groupOf([alice, bob, alice]))
      assert.equal(await peer.octets(chunk.length), chunk)
      peer.send('250 2.0.0 one\r\n552 5.2.2 two\r\n250 2.0.0 three\r\n')
      assert.deepEqual(await told, ['0 end of data 250 one', '1 end of data 552 two', '2 end of data 250 three'])
      downstream.release()
      assert.deepEqual(bench.hop.stats(), { open: 1, idle: 1, waiting: 0, opened: 1 })
      const next = offerTo(bench.hop.begin(senderOf('t@x')), bob)
      assert.equal(await peer.line(), 'MAIL FROM:<t@x>', 'no RSET after a completed transaction')
      await peer.line()
      peer.send('250 2.0.0 ok\r\n'.repeat(2))
      await next
    })
  })

  it('sends DATA with its dots doubled where CHUNKING is not offered', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice], dataOnly)
      const told = deliver(downstream, groupOf([alice]))
      assert.equal(await peer.line(), 'DATA')
      peer.send('354 go\r\n')
      assert.equal(await peer.octets(dots.length), dots)
      peer.send('250 2.0.0 one\r\n')
      assert.deepEqual(await told, ['0 end of data 250 one'])
    })
  })

  it('opens one transaction per group on the one connection, with RSET when the first is not what was offered', async () => {
    await withServer(
      async bench => {
        const { downstream, peer } = await offered(bench, [alice, bob, carol])
        const first = deliver(downstream, groupOf([alice, carol]))
        assert.deepEqual(await lines(peer, 4), ['RSET', 'MAIL FROM:<s@x>', 'RCPT TO:<alice@x>', 'RCPT TO:<carol@x>'])
        peer.send('250 ok\r\n'.repeat(4))
        await peer.octets(chunk.length)
        peer.send('250 a\r\n250 c\r\n')
        assert.deepEqual(await first, ['0 end of data 250 a', '1 end of data 250 c'])
        const second = deliver(downstream, groupOf([bob]))
        assert.deepEqual(await takeEnvelope(peer, 1), ['MAIL FROM:<s@x>', 'RCPT TO:<bob@x>'])
        await peer.octets(chunk.length)
        peer.send('250 b\r\n')
        assert.deepEqual(await second, ['0 end of data 250 b'])
        assert.equal(bench.server.count, 1)
      },
      { connections: 1 },
    )
  })

  it('does not carry on for the same recipients under another path or in another order', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice, bob])
      void deliver(downstream, groupOf([bob, alice]))
      assert.deepEqual(await lines(peer, 4), ['RSET', 'MAIL FROM:<s@x>', 'RCPT TO:<bob@x>', 'RCPT TO:<alice@x>'])
    })
  })

  it('begins anew after a rest', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice])
      downstream.rest()
      assert.equal(await peer.line(), 'RSET')
      peer.send('250 ok\r\n')
      await turns()
      assert.equal(bench.hop.stats().idle, 1)
      const told = deliver(downstream, groupOf([alice]))
      await takeEnvelope(peer, 1)
      await peer.octets(chunk.length)
      peer.send('250 a\r\n')
      assert.deepEqual(await told, ['0 end of data 250 a'])
    })
  })

  it('takes who is refused when the transaction is opened again at his word, and sends to the others', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice, bob, carol])
      const told = deliver(downstream, groupOf([alice, bob]))
      await lines(peer, 4)
      peer.send('250 ok\r\n250 ok\r\n452 4.2.2 full\r\n250 ok\r\n')
      await peer.octets(chunk.length)
      peer.send('250 b\r\n')
      assert.deepEqual(await told, ['0 RCPT 452 full', '1 end of data 250 b'])
    })
  })

  it('sends no message when all are refused, and takes a refused MAIL for the answer to all', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice, bob, carol])
      const refused = deliver(downstream, groupOf([alice, bob]))
      await lines(peer, 4)
      peer.send('250 ok\r\n250 ok\r\n550 5.1.1 a\r\n550 5.1.1 b\r\n')
      assert.deepEqual(await refused, ['0 RCPT 550 a', '1 RCPT 550 b'])
      const noMail = deliver(downstream, groupOf([carol]))
      await lines(peer, 3)
      peer.send('250 ok\r\n451 4.3.0 no\r\n503 5.5.1 no MAIL\r\n')
      assert.deepEqual(await noMail, ['0 MAIL 451 no'])
    })
  })

  it('takes refused DATA for the answer to all, and goes on with RSET', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice, bob], dataOnly)
      const told = deliver(downstream, groupOf([alice, bob]))
      await peer.line()
      peer.send('452 4.3.1 no room\r\n')
      assert.deepEqual(await told, ['0 DATA 452 no room', '1 DATA 452 no room'])
      downstream.release()
      assert.equal(await peer.line(), 'RSET')
    })
  })

  it('keeps the conversation in step when the caller throws, and hands the bug on in the end', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice, bob])
      const told: number[] = []
      const delivery = downstream.deliver([groupOf([alice, bob])], until, index => {
        told.push(index)
        if (index === 0) throw new Error('bug')
      })
      await peer.octets(chunk.length)
      peer.send('250 a\r\n250 b\r\n')
      await assert.rejects(delivery, /bug/)
      assert.deepEqual(told, [0, 1])
      downstream.release()
      assert.equal(bench.hop.stats().idle, 1)
    })
  })

  it('released while under way gives its connection back when it is done', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice])
      const told = deliver(downstream, groupOf([alice]))
      await peer.octets(chunk.length)
      downstream.release()
      await turns()
      assert.equal(bench.hop.stats().idle, 0)
      peer.send('250 a\r\n')
      assert.deepEqual(await told, ['0 end of data 250 a'])
      assert.equal(bench.hop.stats().idle, 1)
    })
  })

  it('over a Unix socket gets replies that come octet by octet', async () => {
    await withServer(
      async bench => {
        const { downstream, peer } = await offered(bench, [alice, bob])
        const told = deliver(downstream, groupOf([alice, bob]))
        await peer.octets(chunk.length)
        await peer.sendSlowly('250-2.0.0 a\r\n250 2.0.0 b\r\n452 4.2.2 c\r\n')
        assert.deepEqual(await told, ['0 end of data 250 a b', '1 end of data 452 c'])
        assert.match(downstream.relay ?? '', /^unix:\//)
      },
      { kind: 'unix' },
    )
  })
})
