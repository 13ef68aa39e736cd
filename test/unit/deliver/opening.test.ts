/** How a connection begins, which next hop gets it, and what is learnt from it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Outcome } from '../../../src/deliver/outcome.ts'
import { NextHopListener } from '../../support/next-hop.ts'
import { accept, begin, idle } from '../../support/offering.ts'
import { ScriptedServer, withServer } from '../../support/scripted-server.ts'
import { turns } from '../../support/turns.ts'

describe('opening a connection', () => {
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
      assert.deepEqual(bench.hop.stats(), { open: 1, idle: 1, waiting: 0, opened: 1 })
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
      assert.deepEqual(bench.hop.stats(), { open: 0, idle: 0, waiting: 0, opened: 0 })
    })
  })
})

function stageOf(outcome: Outcome): string {
  if (outcome.kind === 'answered') return `${outcome.at} ${outcome.reply.code}`
  return outcome.kind === 'unanswered' ? `${outcome.at}? ${outcome.cause}` : outcome.kind
}
