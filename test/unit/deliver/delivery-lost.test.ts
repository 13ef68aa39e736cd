/** What becomes of each recipient when the connection is lost on the way. */
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
} from '../../support/delivery.ts'
import { lines, messageOf, withServer } from '../../support/scripted-server.ts'
import { turns } from '../../support/turns.ts'

describe('delivery on a connection that is lost', () => {
  it('before the last octet is made once more from MAIL on, and who is refused then is refused', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice, bob], dataOnly)
      const told = deliver(downstream, groupOf([alice, bob]))
      assert.equal(await peer.line(), 'DATA')
      peer.close()
      const fresh = await bench.server.ready(dataOnly)
      assert.deepEqual(await lines(fresh, 3), ['MAIL FROM:<s@x>', 'RCPT TO:<alice@x>', 'RCPT TO:<bob@x>'])
      fresh.send('250 ok\r\n550 5.1.1 gone\r\n250 ok\r\n')
      await fresh.line()
      fresh.send('354 go\r\n')
      await fresh.octets(dots.length)
      fresh.send('250 b\r\n')
      assert.deepEqual(await told, ['0 RCPT 550 gone', '1 end of data 250 b'])
    })
  })

  it('while the transaction waits for its message, is replaced at delivery', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice])
      peer.send('421 4.4.2 idle too long\r\n')
      peer.close()
      await turns()
      const told = deliver(downstream, groupOf([alice]))
      const fresh = await bench.server.ready()
      await takeEnvelope(fresh, 1)
      await fresh.octets(chunk.length)
      fresh.send('250 a\r\n')
      assert.deepEqual(await told, ['0 end of data 250 a'])
    })
  })

  it('amid the message is replaced once and not twice; nothing that was sent ends the message', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice], dataOnly)
      const big = messageOf(Array.from({ length: 200 }, () => `${'x'.repeat(65_534)}\r\n`))
      const told = deliver(downstream, groupOf([alice], big))
      await peer.line()
      peer.send('354 go\r\n')
      await peer.octets(500_000)
      assert.ok(!peer.unread.includes('\r\n.\r\n'))
      peer.reset()
      const fresh = await bench.server.ready(dataOnly)
      await takeEnvelope(fresh, 1)
      await fresh.line()
      fresh.send('354 go\r\n')
      await fresh.octets(500_000)
      fresh.reset()
      const [only] = await told
      assert.match(only ?? '', /^0 message\? /)
      assert.equal(bench.server.count, 2)
    })
  })

  it('after the last octet leaves those without an answer in doubt, keeps the answers that came, and sends nothing again', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice, bob, carol])
      const told = deliver(downstream, groupOf([alice, bob, carol]))
      await peer.octets(chunk.length)
      peer.send('250 a\r\n552 5.2.2 b\r\n')
      peer.finish()
      assert.deepEqual(await told, [
        '0 end of data 250 a',
        '1 end of data 552 b',
        '2 end of data? closed by the next hop',
      ])
      await turns()
      assert.equal(bench.server.count, 1)
    })
  })

  it('by 421 among the final replies, likewise', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice, bob, carol])
      const told = deliver(downstream, groupOf([alice, bob, carol]))
      await peer.octets(chunk.length)
      peer.send('250 a\r\n421 4.3.2 bye\r\n')
      assert.deepEqual(await told, [
        '0 end of data 250 a',
        '1 end of data 421 bye',
        '2 end of data? closing: 421 4.3.2 bye',
      ])
      await peer.end()
    })
  })

  it('is not replaced when it is too late to start', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice], dataOnly)
      const told = deliver(downstream, groupOf([alice]), { start: 1000, end: 570_000 })
      await peer.line()
      await bench.clock.pass(1001)
      peer.close()
      assert.deepEqual(await told, ['0 late too late to start'])
      assert.equal(bench.server.count, 1)
    })
  })
})
