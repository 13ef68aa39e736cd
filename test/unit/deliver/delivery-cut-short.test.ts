/** Deliveries that take too long, and messages that cannot be read: cut short, never ended. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Message } from '../../../src/transaction.ts'
import { dovecotOffers } from '../../support/next-hop.ts'
import { alice, bob, chunk, dataOnly, deliver, groupOf, offered, text } from '../../support/delivery.ts'
import { lines, messageOf, withServer } from '../../support/scripted-server.ts'
import { turns } from '../../support/turns.ts'

describe('delivery that takes too long', () => {
  it('at DATA is given up after 120 s', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice], dataOnly)
      const told = deliver(downstream, groupOf([alice]))
      await peer.line()
      await bench.clock.pass(120_000)
      assert.deepEqual(await told, ['0 DATA? no reply to DATA for 120 s'])
      await peer.end()
    })
  })

  it('at a next hop that does not read: stops giving, and is cut short after 180 s without an end', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice], dataOnly)
      const big = messageOf(Array.from({ length: 400 }, () => `${'x'.repeat(65_534)}\r\n`))
      const told = deliver(downstream, groupOf([alice], big))
      await peer.line()
      peer.stopReading()
      peer.send('354 go\r\n')
      await turns(200)
      const given = big.given()
      assert.ok(given < 300, `${given} pieces of 64 KB were given to a next hop that does not read`)
      await turns(50)
      assert.equal(big.given(), given)
      await bench.clock.pass(180_000)
      assert.deepEqual(await told, ['0 message? message not taken for 180 s'])
      peer.readOn()
      assert.ok(!(await peer.end()).endsWith('\r\n.\r\n'))
    })
  })

  it('at the end of data waits until the moment given, and is in doubt then', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice, bob])
      const told = deliver(downstream, groupOf([alice, bob]))
      await peer.octets(chunk.length)
      await bench.clock.pass(300_000)
      peer.send('250 a\r\n')
      await bench.clock.pass(269_999)
      assert.ok(!peer.ended)
      await bench.clock.pass(1)
      assert.deepEqual(await told, ['0 end of data 250 a', '1 end of data? no reply in time'])
      await peer.end()
    })
  })

  it('does not carry on after the latest moment to start', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice])
      await bench.clock.pass(30_001)
      const told = deliver(downstream, groupOf([alice]), { start: 30_000, end: 570_000 })
      assert.deepEqual(await told, ['0 late too late to start'])
      downstream.release()
      assert.equal(await peer.line(), 'RSET')
    })
  })

  it('does not start its message after the latest moment to start', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice, bob])
      const told = deliver(downstream, groupOf([alice]), { start: 30_000, end: 570_000 })
      await lines(peer, 3)
      await bench.clock.pass(30_000)
      assert.deepEqual(await told, ['0 MAIL? no reply in time'])
      const late = deliver(downstream, groupOf([bob]), { start: 29_999, end: 570_000 })
      assert.deepEqual(await late, ['0 late too late to start'])
    })
  })
})

describe('delivery of a message that cannot be read to its end', () => {
  const broken: readonly (readonly [string, Partial<Message>, RegExp])[] = [
    ['throws', { pieces: () => failing() }, /^0 ours spool: disk gone$/],
    ['gives too little', { sizeWithout: () => text.length + 1 }, /^0 ours spool: fewer octets/],
    ['gives too much', { sizeWithout: () => text.length - 1 }, /^0 ours spool: more octets/],
  ]
  for (const offers of [dovecotOffers, dataOnly])
    for (const [name, more, expected] of broken)
      it(`because it ${name}, closes before its end (${offers.includes('CHUNKING') ? 'BDAT' : 'DATA'})`, async () => {
        await withServer(async bench => {
          const { downstream, peer } = await offered(bench, [alice], offers)
          const told = deliver(downstream, groupOf([alice], messageOf([text], more)))
          if (offers === dataOnly) {
            await peer.line()
            peer.send('354 go\r\n')
          }
          assert.match((await told)[0] ?? '', expected)
          const got = await peer.end()
          assert.ok(!got.includes('hello'), 'the last piece must not leave')
          assert.equal(bench.server.count, 1)
        })
      })
})

async function* failing(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from('Subject: y\r\n'))
  throw new Error('disk gone')
}
