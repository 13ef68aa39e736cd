/** Recipients offered at RCPT, over real sockets. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { offerTo } from '../../support/offering.ts'
import { lines, recipientOf, senderOf, withServer, type Bench } from '../../support/scripted-server.ts'
import { turns } from '../../support/turns.ts'

const ok = { code: 250, enhanced: '2.1.5', lines: ['ok'] }
const accepted = { kind: 'answered', at: 'RCPT', reply: ok }

/** One completed probe, so that one connection is idle. */
async function idleConnection({ server, hop }: Bench) {
  const probe = hop.probe()
  const peer = await server.ready()
  await probe
  const downstream = hop.begin(senderOf('s@x'))
  const offer = offerTo(downstream, recipientOf('a@x'))
  await lines(peer, 2)
  peer.send('250 2.1.0 ok\r\n250 2.1.5 ok\r\n')
  assert.deepEqual(await offer, accepted)
  downstream.release()
  assert.equal(await peer.line(), 'RSET')
  peer.send('250 2.0.0 ok\r\n')
  await turns()
  assert.deepEqual(hop.stats(), { open: 1, idle: 1, waiting: 0, opened: 1 })
  return peer
}

describe('offers', () => {
  it('of one turn leave in one write, whether made at once or by promises that were ready', async () => {
    await withServer(async ({ server, hop }) => {
      const probe = hop.probe()
      const peer = await server.ready()
      await probe
      const downstream = hop.begin(senderOf('s@x'))
      const offers = [offerTo(downstream, recipientOf('a@x')), offerTo(downstream, recipientOf('b@x'))]
      const later = Promise.resolve().then(() => offerTo(downstream, recipientOf('c@x')))
      assert.equal(await peer.line(), 'MAIL FROM:<s@x>')
      assert.equal(peer.unread, 'RCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nRCPT TO:<c@x>\r\n')
      peer.send('250 2.1.0 ok\r\n250 2.1.5 ok\r\n550 5.1.1 no\r\n250 2.1.5 ok\r\n')
      const outcomes = await Promise.all([...offers, later])
      assert.deepEqual(
        outcomes.map(outcome => outcome.kind === 'answered' && outcome.reply.code),
        [250, 550, 250],
      )
      assert.equal(downstream.relay, `inet:127.0.0.1:${portOf(server.listener.endpoint)}`)
    })
  })

  it('answer who is told first while others are still awaited', async () => {
    await withServer(async ({ server, hop }) => {
      const downstream = hop.begin(senderOf('s@x'))
      const first = offerTo(downstream, recipientOf('a@x'))
      const second = offerTo(downstream, recipientOf('b@x'))
      const peer = await server.ready()
      await lines(peer, 3)
      peer.send('250 2.1.0 ok\r\n250 2.1.5 ok\r\n')
      assert.deepEqual(await first, accepted)
      peer.send('450 4.2.1 later\r\n')
      const outcome = await second
      assert.equal(outcome.kind === 'answered' && outcome.reply.code, 450)
    })
  })

  for (const [name, dying] of [
    ['closes when it gets MAIL', undefined],
    ['says 421 instead of answering', '421 4.4.2 idle too long\r\n'],
  ] as const)
    it(`are made again on a fresh connection, unnoticed, when a kept one ${name}`, async () => {
      await withServer(async bench => {
        const { server, hop } = bench
        const old = await idleConnection(bench)
        const downstream = hop.begin(senderOf('t@x'))
        const offers = Promise.all([offerTo(downstream, recipientOf('b@x')), offerTo(downstream, recipientOf('c@x'))])
        await lines(old, 3)
        if (dying !== undefined) old.send(dying)
        old.close()
        const fresh = await server.ready()
        assert.deepEqual(await lines(fresh, 3), ['MAIL FROM:<t@x>', 'RCPT TO:<b@x>', 'RCPT TO:<c@x>'])
        fresh.send('250 2.1.0 ok\r\n250 2.1.5 ok\r\n250 2.1.5 ok\r\n')
        assert.deepEqual(await offers, [accepted, accepted])
      })
    })

  it('are not made a third time', async () => {
    await withServer(async bench => {
      const { server, hop } = bench
      const old = await idleConnection(bench)
      const offer = offerTo(hop.begin(senderOf('t@x')), recipientOf('b@x'))
      await lines(old, 2)
      old.close()
      const fresh = await server.ready()
      await lines(fresh, 2)
      fresh.close()
      const outcome = await offer
      assert.equal(outcome.kind === 'unanswered' && outcome.at, 'MAIL')
      assert.equal(server.count, 2)
    })
  })

  it('are not made again when some reply had come', async () => {
    await withServer(async bench => {
      const { server, hop } = bench
      const old = await idleConnection(bench)
      const offer = offerTo(hop.begin(senderOf('t@x')), recipientOf('b@x'))
      await lines(old, 2)
      old.send('250 2.1.0 ok\r\n')
      old.close()
      const outcome = await offer
      assert.equal(outcome.kind === 'unanswered' && outcome.at, 'RCPT')
      assert.equal(server.count, 1)
    })
  })

  it('that have no answer for 60 s are unanswered, and the connection is closed', async () => {
    await withServer(async ({ server, hop, clock, events }) => {
      const offer = offerTo(hop.begin(senderOf('s@x')), recipientOf('a@x'))
      const peer = await server.ready()
      await lines(peer, 2)
      peer.send('250 2.1.0 ok\r\n')
      await clock.pass(59_999)
      await turns()
      assert.ok(!peer.ended)
      await clock.pass(1)
      assert.deepEqual(await offer, { kind: 'unanswered', at: 'RCPT', cause: 'no reply to RCPT for 60 s' })
      await peer.end()
      await turns()
      assert.deepEqual(
        events.map(event => event.kind),
        ['up', 'silent'],
      )
    })
  })

  it('abandoned wait for their replies, then RSET frees the recipients and the connection serves again', async () => {
    await withServer(async ({ server, hop }) => {
      const downstream = hop.begin(senderOf('s@x'))
      void offerTo(downstream, recipientOf('a@x'))
      const peer = await server.ready()
      await lines(peer, 2)
      downstream.release()
      downstream.release()
      await turns()
      assert.equal(peer.unread, '')
      peer.send('250 2.1.0 ok\r\n250 2.1.5 ok\r\n')
      assert.equal(await peer.line(), 'RSET')
      peer.send('250 2.0.0 ok\r\n')
      await turns()
      const next = offerTo(hop.begin(senderOf('t@x')), recipientOf('b@x'))
      assert.deepEqual(await lines(peer, 2), ['MAIL FROM:<t@x>', 'RCPT TO:<b@x>'])
      peer.send('250 2.1.0 ok\r\n250 2.1.5 ok\r\n')
      assert.deepEqual(await next, accepted)
    })
  })

  it('of a transaction that waits get the connection with RSET before MAIL in one write', async () => {
    await withServer(
      async ({ server, hop }) => {
        const downstream = hop.begin(senderOf('s@x'))
        const offer = offerTo(downstream, recipientOf('a@x'))
        const peer = await server.ready()
        await lines(peer, 2)
        const waiting = offerTo(hop.begin(senderOf('t@x')), recipientOf('b@x'))
        peer.send('250 2.1.0 ok\r\n250 2.1.5 ok\r\n')
        await offer
        downstream.release()
        assert.equal(await peer.line(), 'RSET')
        assert.equal(peer.unread, 'MAIL FROM:<t@x>\r\nRCPT TO:<b@x>\r\n')
        peer.send('250 2.0.0 ok\r\n250 2.1.0 ok\r\n250 2.1.5 ok\r\n')
        assert.deepEqual(await waiting, accepted)
      },
      { connections: 1 },
    )
  })

  it('fail at once where the first of the transaction found no connection', async () => {
    await withServer(async ({ server, hop, clock }) => {
      server.listener.refuse()
      const downstream = hop.begin(senderOf('s@x'))
      const refused = { kind: 'unanswered', at: 'connect', cause: 'connection refused' }
      assert.deepEqual(await offerTo(downstream, recipientOf('a@x')), refused)
      assert.deepEqual(await offerTo(downstream, recipientOf('b@x')), refused)
      assert.equal(clock.timers, 0)
    })
  })
})

function portOf(endpoint: { readonly kind: string }): number {
  return 'port' in endpoint && typeof endpoint.port === 'number' ? endpoint.port : 0
}
