/** How many connections there are, who gets them, and when they go. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Outcome } from '../../../src/deliver/outcome.ts'
import { accept, begin, idle } from '../../support/offering.ts'
import { lines, withServer } from '../../support/scripted-server.ts'
import { turns } from '../../support/turns.ts'

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
        assert.deepEqual(bench.hop.stats(), { open: 2, idle: 0, waiting: 2, opened: 2 })
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
      assert.deepEqual(bench.hop.stats(), { open: 0, idle: 0, waiting: 0, opened: 1 })
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
        assert.deepEqual(bench.hop.stats(), { open: 0, idle: 0, waiting: 0, opened: 1 })
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
