/** What becomes of each recipient when the next hop says what cannot be. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { alice, bob, chunk, dataOnly, deliver, groupOf, offered, takeEnvelope } from '../../support/delivery.ts'
import { lines, messageOf, withServer } from '../../support/scripted-server.ts'
import { turns } from '../../support/turns.ts'

describe('delivery out of step', () => {
  const final: readonly (readonly [string, string, string[]])[] = [
    ['garbage', '250 a\r\nhello\r\n', ['0 end of data 250 a', '1 end of data? out of step: malformed reply line']],
    ['a bare LF', '250 a\r\n250 b\n', ['0 end of data 250 a', '1 end of data? out of step: reply line without CR']],
    [
      'two codes',
      '250-a\r\n550 a\r\n',
      ['0 end of data? out of step: two codes in one reply', '1 end of data? out of step: two codes in one reply'],
    ],
    [
      '3xx',
      '354 a\r\n',
      ['0 end of data? out of step: 354 a to end of data', '1 end of data? out of step: 354 a to end of data'],
    ],
  ]
  for (const [name, bytes, expected] of final)
    it(`by ${name} at the end closes, keeps what was answered, and sends nothing again`, async () => {
      await withServer(async bench => {
        const { downstream, peer } = await offered(bench, [alice, bob])
        const told = deliver(downstream, groupOf([alice, bob]))
        await peer.octets(chunk.length)
        peer.send(bytes)
        assert.deepEqual(await told, expected)
        await peer.end()
        await turns()
        assert.equal(bench.server.count, 1)
        assert.equal(bench.events.at(-1)?.kind, 'out of step')
      })
    })

  it('by one reply too many closes the connection, and every answer stays', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice])
      const told = deliver(downstream, groupOf([alice]))
      await peer.octets(chunk.length)
      peer.send('250 a\r\n250 b\r\n')
      assert.deepEqual(await told, ['0 end of data 250 a'])
      downstream.release()
      await peer.end()
      await turns()
      assert.equal(bench.hop.stats().open, 0)
    })
  })

  for (const [name, bytes] of [
    ['the beginning of a reply', '25'],
    ['a whole reply', '250 what\r\n'],
  ] as const)
    it(`by ${name} behind the last closes the connection, at rest or between two groups`, async () => {
      await withServer(async bench => {
        const { downstream, peer } = await offered(bench, [alice, bob])
        const first = deliver(downstream, groupOf([alice]))
        await lines(peer, 3)
        peer.send('250 ok\r\n'.repeat(3))
        await peer.octets(chunk.length)
        peer.send(`250 a\r\n${bytes}`)
        assert.deepEqual(await first, ['0 end of data 250 a'])
        const second = deliver(downstream, groupOf([bob]))
        const fresh = await bench.server.ready()
        await peer.end()
        await takeEnvelope(fresh, 1)
        await fresh.octets(chunk.length)
        fresh.send('250 b\r\n')
        assert.deepEqual(await second, ['0 end of data 250 b'])
        downstream.release()
        await turns()
        assert.equal(bench.hop.stats().idle, 1)
        fresh.send(bytes)
        await fresh.end()
        await turns()
        assert.deepEqual(bench.hop.stats(), { open: 0, idle: 0, waiting: 0, opened: 2 })
      })
    })

  it('by a reply within the message closes at once, and is not tried again', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice], dataOnly)
      const big = messageOf(Array.from({ length: 200 }, () => `${'x'.repeat(65_534)}\r\n`))
      const told = deliver(downstream, groupOf([alice], big))
      await peer.line()
      peer.send('354 go\r\n')
      await peer.octets(100_000)
      peer.stopReading()
      peer.send('250 2.0.0 stored already\r\n')
      assert.deepEqual(await told, ['0 message? out of step: unexpected reply 250 2.0.0 stored already'])
      peer.readOn()
      const rest = await peer.end()
      assert.ok(!rest.endsWith('\r\n.\r\n'))
      assert.equal(bench.server.count, 1)
    })
  })
})
