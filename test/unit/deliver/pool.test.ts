/** How many connections there are, who gets them, and when they go. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Outcome } from '../../../src/deliver/outcome.ts'
import { NextHopListener } from '../../support/next-hop.ts'
import { lines, recipientOf, ScriptedServer, senderOf, withServer, type Bench } from '../../support/scripted-server.ts'
import type { Peer } from '../../support/peer.ts'
import { turns } from '../../support/turns.ts'

const recipient = recipientOf('a@x')

function begin({ hop }: Bench) {
  const downstream = hop.begin(senderOf('s@x'))
  return { downstream, offer: downstream.offer(recipient) }
}

async function accept(peer: Peer): Promise<void> {
  await lines(peer, 2)
  peer.send('250 ok\r\n250 ok\r\n')
}

/** A connection that lies idle. */
async function idle(bench: Bench): Promise<Peer> {
  const probe = bench.hop.probe()
  const peer = await bench.server.ready()
  await probe
  return peer
}

function causeOf(outcome: Outcome): string {
  return 'cause' in outcome ? `${outcome.kind}: ${outcome.cause}` : outcome.kind
}

describe('pool', () => {
  it('opens no more than it may; the others wait in line', async () => {
    await withServer(
      async bench => {
        const all = [begin(bench), begin(bench), begin(bench), begin(bench)]
        const peers = [await bench.server.ready(), await bench.server.ready()]
        for (const peer of peers) await accept(peer)
        await Promise.all([all[0]!.offer, all[1]!.offer])
        assert.deepEqual(bench.hop.stats(), { open: 2, idle: 0, waiting: 2 })
        all[1]!.downstream.release()
        assert.equal(await peers[1]!.line(), 'RSET')
        await lines(peers[1]!, 2)
        peers[1]!.send('250 ok\r\n250 ok\r\n250 ok\r\n')
        await all[2]!.offer
        assert.equal(bench.hop.stats().waiting, 1)
        assert.equal(bench.server.count, 2)
      },
      { connections: 2 },
    )
  })

  it('says busy after 10 s without a connection', async () => {
    await withServer(
      async bench => {
        const first = begin(bench)
        await accept(await bench.server.ready())
        await first.offer
        const second = begin(bench)
        await bench.clock.pass(9_999)
        assert.equal(bench.hop.stats().waiting, 1)
        await bench.clock.pass(1)
        assert.equal(causeOf(await second.offer), 'busy: no connection free for 10 s')
        assert.equal(bench.hop.stats().waiting, 0)
      },
      { connections: 1 },
    )
  })

  it('lets who has a connection on its way wait for its greeting, 30 s', async () => {
    await withServer(async bench => {
      const { offer } = begin(bench)
      await bench.server.connection()
      await bench.clock.pass(29_999)
      assert.equal(bench.hop.stats().waiting, 1)
      await bench.clock.pass(1)
      assert.deepEqual(await offer, { kind: 'unanswered', at: 'greeting', cause: 'no greeting for 30 s' })
    })
  })

  it('opens another when one is lost while somebody waits', async () => {
    await withServer(
      async bench => {
        const first = begin(bench)
        const peer = await bench.server.ready()
        await accept(peer)
        await first.offer
        const second = begin(bench)
        peer.close()
        await accept(await bench.server.ready())
        assert.equal((await second.offer).kind, 'answered')
      },
      { connections: 1 },
    )
  })

  it('uses the connection that was used last, and lets go of one idle for 60 s with QUIT', async () => {
    await withServer(async bench => {
      const peer = await idle(bench)
      await bench.clock.pass(59_000)
      const { downstream, offer } = begin(bench)
      await accept(peer)
      await offer
      downstream.release()
      await peer.line()
      peer.send('250 ok\r\n')
      await bench.clock.pass(59_999)
      assert.equal(peer.unread, '')
      await bench.clock.pass(1)
      assert.equal(await peer.line(), 'QUIT')
      peer.finish()
      await peer.end()
      await turns()
      assert.deepEqual(bench.hop.stats(), { open: 0, idle: 0, waiting: 0 })
    })
  })

  it('retires a connection after 5 minutes', async () => {
    await withServer(async bench => {
      const first = begin(bench)
      const peer = await bench.server.ready()
      await accept(peer)
      await first.offer
      await bench.clock.pass(300_000)
      first.downstream.release()
      assert.equal(await peer.line(), 'QUIT')
    })
  })

  it('retires a connection after 1000 transactions', async () => {
    await withServer(async bench => {
      const peer = await idle(bench)
      for (let i = 0; i < 1000; i += 1) {
        const { downstream, offer } = begin(bench)
        await accept(peer)
        await offer
        downstream.release()
        if (i === 999) break
        await peer.line()
        peer.send('250 ok\r\n')
        while (bench.hop.stats().idle === 0) await turns(1)
      }
      assert.equal(await peer.line(), 'QUIT')
      assert.equal(bench.server.count, 1)
    })
  })

  for (const bytes of ['2', '250 surplus\r\n', '421 4.4.2 idle\r\n'])
    it(`closes an idle connection on which ${JSON.stringify(bytes)} arrives`, async () => {
      await withServer(async bench => {
        const peer = await idle(bench)
        peer.send(bytes)
        await peer.end()
        await turns()
        assert.deepEqual(bench.hop.stats(), { open: 0, idle: 0, waiting: 0 })
        const kinds = bench.events.map(event => event.kind)
        assert.deepEqual(kinds, bytes.startsWith('421') ? ['up'] : ['up', 'out of step'])
      })
    })

  it('closes a connection whose RSET is not answered with one positive reply', async () => {
    for (const bytes of ['500 what\r\n', '250 ok\r\n250 ok\r\n', 'x\r\n', '250-ok\r\n25'])
      await withServer(async bench => {
        const { downstream, offer } = begin(bench)
        const peer = await bench.server.ready()
        await accept(peer)
        await offer
        downstream.release()
        await peer.line()
        peer.send(bytes)
        await bench.clock.pass(60_000)
        await peer.end()
        await turns()
        assert.equal(bench.hop.stats().open, 0)
      })
  })

  describe('opening', () => {
    const refusals: readonly (readonly [string, string, string])[] = [
      ['a refused greeting', '554 5.3.2 no\r\n', 'greeting 554'],
      ['a busy greeting', '421 4.3.2 busy\r\n', 'greeting 421'],
      ['3xx for a greeting', '354 what\r\n', 'greeting? out of step: 354 what'],
      ['two greetings', '220 a\r\n220 b\r\n', 'greeting? out of step: unexpected reply'],
      ['garbage', 'SSH-2.0\r\n', 'greeting? out of step: malformed reply line'],
    ]
    for (const [name, bytes, expected] of refusals)
      it(`meets ${name}`, async () => {
        await withServer(async bench => {
          const { offer } = begin(bench)
          ;(await bench.server.connection()).send(bytes)
          assert.equal(stageOf(await offer), expected)
          assert.deepEqual(
            bench.events.map(event => event.kind),
            ['down'],
          )
        })
      })

    it('meets a refused LHLO, and one that is not answered', async () => {
      await withServer(async bench => {
        const refused = begin(bench)
        const peer = await bench.server.connection()
        peer.send('220 hi\r\n')
        assert.equal(await peer.line(), 'LHLO gate.example')
        peer.send('502 5.5.1 what\r\n')
        assert.equal(stageOf(await refused.offer), 'LHLO 502')
        const silent = begin(bench)
        ;(await bench.server.connection()).send('220 hi\r\n')
        await turns()
        await bench.clock.pass(30_000)
        assert.equal(stageOf(await silent.offer), 'LHLO? no reply to LHLO for 30 s')
      })
    })

    it('meets a connection that is closed without a greeting', async () => {
      await withServer(async bench => {
        const { offer } = begin(bench)
        ;(await bench.server.connection()).finish()
        assert.equal(stageOf(await offer), 'greeting? closed by the next hop')
      })
    })

    it('learns anew with each LHLO what is offered', async () => {
      await withServer(async bench => {
        const known = () => bench.hop.capabilities
        assert.equal(known(), undefined)
        const peer = await idle(bench)
        assert.ok(known()?.chunking)
        peer.close()
        await turns()
        const { offer } = begin(bench)
        await accept(await bench.server.ready(['PIPELINING', 'SIZE 5']))
        await offer
        assert.equal(known()?.size, 5)
        assert.ok(!known()?.chunking)
      })
    })

    it('tries the next hops in turn, and the first again after 30 s', async () => {
      const second = new ScriptedServer()
      await second.listener.listen()
      const first = new NextHopListener('inet', peer => peer.send('421 4.3.2 busy\r\n'))
      await first.listen()
      await withServer(
        async bench => {
          const one = begin(bench)
          await accept(await second.ready())
          await one.offer
          assert.equal(first.peers.length, 1)
          const two = begin(bench)
          await accept(await second.ready())
          await two.offer
          assert.equal(first.peers.length, 1)
          await bench.clock.pass(30_000)
          const three = begin(bench)
          await accept(await second.ready())
          await three.offer
          assert.equal(first.peers.length, 2)
          assert.deepEqual(
            bench.events.map(event => event.kind),
            ['down', 'up'],
          )
          first.close()
          second.listener.close()
        },
        { endpoints: [first.endpoint, second.listener.endpoint] },
      )
    })
  })

  describe('probe', () => {
    it('keeps the connection it made', async () => {
      await withServer(async bench => {
        await idle(bench)
        assert.deepEqual(bench.hop.stats(), { open: 1, idle: 1, waiting: 0 })
      })
    })

    it('ends after 5 s at the latest, and uses what comes later', async () => {
      await withServer(async bench => {
        const probe = bench.hop.probe()
        const peer = await bench.server.connection()
        await bench.clock.pass(5_000)
        await probe
        assert.equal(bench.hop.capabilities, undefined)
        peer.send('220 hi\r\n')
        await peer.line()
        peer.send('250 hi\r\n')
        await turns()
        assert.notEqual(bench.hop.capabilities, undefined)
        assert.equal(bench.hop.stats().idle, 1)
      })
    })

    it('does not mind a next hop that is not there', async () => {
      await withServer(async bench => {
        bench.server.listener.refuse()
        await bench.hop.probe()
        assert.deepEqual(bench.hop.stats(), { open: 0, idle: 0, waiting: 0 })
      })
    })
  })

  it('closes idle connections at once and busy ones when they come back', async () => {
    await withServer(async bench => {
      const busy = begin(bench)
      const peer = await bench.server.ready()
      await accept(peer)
      await busy.offer
      const resting = await idle(bench)
      let closed = false
      const closing = bench.hop.close().then(() => (closed = true))
      assert.equal(await resting.line(), 'QUIT')
      resting.finish()
      assert.equal(causeOf(await begin(bench).offer), 'busy: stopping')
      await turns()
      assert.ok(!closed)
      busy.downstream.release()
      assert.equal(await peer.line(), 'QUIT')
      peer.finish()
      await closing
      assert.equal(bench.clock.timers, 0)
    })
  })

  it('waits 5 s and no longer for the end of a connection that it quit', async () => {
    await withServer(async bench => {
      const peer = await idle(bench)
      const closing = bench.hop.close()
      assert.equal(await peer.line(), 'QUIT')
      await bench.clock.pass(5_000)
      await closing
    })
  })
})

function stageOf(outcome: Outcome): string {
  if (outcome.kind === 'answered') return `${outcome.at} ${outcome.reply.code}`
  return outcome.kind === 'unanswered' ? `${outcome.at}? ${outcome.cause}` : outcome.kind
}
