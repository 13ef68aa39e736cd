/** Groups whose DATA leaves in one packet with MAIL and RCPTs (RFC 2920 §3.1): what the next hop may answer, and what it never gets. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Recipient } from '../../../src/transaction.ts'
import type { Peer } from '../../support/peer.ts'
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
  text,
  until,
} from '../../support/delivery.ts'
import { offerTo } from '../../support/offering.ts'
import { lines, messageOf, senderOf, withServer, type Bench } from '../../support/scripted-server.ts'
import { turns } from '../../support/turns.ts'

const all = [alice, bob, carol]

/** The packet of a group, RSET first, has been read; nothing is answered yet. */
async function asked(bench: Bench, recipients: readonly Recipient[], message = messageOf([text]), time = until) {
  const { downstream, peer } = await offered(bench, all, dataOnly)
  const told = deliver(downstream, groupOf(recipients, message), time)
  assert.equal(await peer.line(), 'RSET')
  assert.deepEqual(await packet(peer, recipients.length), envelope(recipients))
  return { downstream, peer, told }
}

/** What came at once: MAIL and all behind it. */
async function packet(peer: Peer, count: number): Promise<string[]> {
  const first = await peer.line()
  const rest = peer.unread
  assert.ok(rest.endsWith('DATA\r\n'), 'DATA came in the same packet')
  return [first, ...(await lines(peer, count + 1))]
}

/** Gives these replies and 354, takes the message, and gives the final replies. */
async function takeMessage(peer: Peer, replies: string, finals: string): Promise<void> {
  peer.send(`${replies}354 go\r\n`)
  assert.equal(await peer.octets(dots.length), dots)
  peer.send(finals)
}

/** The group comes once more on a new connection, and now DATA waits for these replies. */
async function onceMore({ server }: Bench, recipients: readonly Recipient[], replies: string): Promise<Peer> {
  const fresh = await server.ready(dataOnly)
  assert.deepEqual(await lines(fresh, recipients.length + 1), envelope(recipients).slice(0, -1))
  await turns()
  assert.equal(fresh.unread, '', 'DATA waits')
  fresh.send(replies)
  assert.equal(await fresh.line(), 'DATA')
  return fresh
}

/** A transaction that has given its connection back, which lies idle. */
async function rested(bench: Bench) {
  const { downstream, peer } = await offered(bench, [alice], dataOnly)
  downstream.rest()
  assert.equal(await peer.line(), 'RSET')
  peer.send('250 ok\r\n')
  await turns()
  return { downstream, peer }
}

function envelope(recipients: readonly Recipient[]): string[] {
  return ['MAIL FROM:<s@x>', ...recipients.map(({ path }) => `RCPT TO:<${path}>`), 'DATA']
}

describe('delivery with DATA in the packet of the RCPTs', () => {
  it('gets one final reply for each whom the next hop took, group after group', async () => {
    await withServer(async bench => {
      const { downstream, peer, told } = await asked(bench, [alice, bob])
      await takeMessage(peer, '250 reset\r\n250 m\r\n550 5.1.1 a\r\n250 b\r\n', '250 2.0.0 b stored\r\n')
      assert.deepEqual(await told, ['0 RCPT 550 a', '1 end of data 250 b stored'])
      const second = deliver(downstream, groupOf([carol]))
      assert.deepEqual(await packet(peer, 1), envelope([carol]), 'no RSET behind a completed transaction')
      peer.send('250 m\r\n250 c\r\n')
      await turns()
      assert.equal(peer.unread, '', 'the message waits for 354')
      await takeMessage(peer, '', '452 4.2.2 c full\r\n')
      assert.deepEqual(await second, ['0 end of data 452 c full'])
    })
  })

  it('is not made for the open transaction, nor where CHUNKING is offered or PIPELINING is not', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice], dataOnly)
      void deliver(downstream, groupOf([alice]))
      assert.equal(await peer.line(), 'DATA')
    })
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice, bob])
      void deliver(downstream, groupOf([alice]))
      await lines(peer, 3)
      await turns()
      assert.equal(peer.unread, '')
      peer.send('250 ok\r\n'.repeat(3))
      assert.equal(await peer.octets(chunk.length), chunk)
    })
    await withServer(async bench => {
      const downstream = bench.hop.begin(senderOf('s@x'))
      void deliver(downstream, groupOf([alice]))
      const peer = await bench.server.ready(['8BITMIME'])
      for (const command of envelope([alice])) {
        assert.equal(await peer.line(), command)
        await turns()
        assert.equal(peer.unread, '')
        peer.send(command === 'DATA' ? '354 go\r\n' : '250 ok\r\n')
      }
      assert.equal(await peer.octets(dots.length), dots)
    })
  })

  const refusals: readonly (readonly [string, string, string[]])[] = [
    ['every RCPT', '250 m\r\n550 5.1.1 a\r\n451 4.2.1 b\r\n', ['0 RCPT 550 a', '1 RCPT 451 b']],
    ['MAIL', '552 5.3.4 m\r\n503 5.5.1 a\r\n503 5.5.1 b\r\n', ['0 MAIL 552 m', '1 MAIL 552 m']],
  ]
  for (const [name, replies, expected] of refusals) {
    it(`keeps to the refusal of ${name}, and goes on with RSET behind the refusal of DATA`, async () => {
      await withServer(async bench => {
        const { downstream, peer, told } = await asked(bench, [alice, bob])
        peer.send(`250 reset\r\n${replies}`)
        await turns()
        peer.send('503 5.5.1 nobody\r\n')
        assert.deepEqual(await told, expected)
        const next = deliver(downstream, groupOf([carol]))
        assert.equal(await peer.line(), 'RSET')
        assert.deepEqual(await packet(peer, 1), envelope([carol]))
        await takeMessage(peer, '250 reset\r\n250 m\r\n250 c\r\n', '250 c\r\n')
        assert.deepEqual(await next, ['0 end of data 250 c'])
        assert.equal(bench.server.count, 1)
      })
    })

    it(`closes without an octet when DATA gets 354 after a refusal of ${name}, and goes on on a new connection`, async () => {
      await withServer(async bench => {
        const { downstream, peer, told } = await asked(bench, [alice, bob])
        peer.send(`250 reset\r\n${replies}354 go\r\n`)
        assert.equal(await peer.end(), '', 'neither message nor dot')
        assert.deepEqual(await told, expected)
        assert.equal(bench.events.at(-1)?.kind, 'out of step')
        const next = deliver(downstream, groupOf([carol]))
        const fresh = await bench.server.ready(dataOnly)
        assert.deepEqual(await packet(fresh, 1), envelope([carol]))
        await takeMessage(fresh, '250 m\r\n250 c\r\n', '250 c\r\n')
        assert.deepEqual(await next, ['0 end of data 250 c'])
      })
    })
  }

  it('falls back to the plain address behind a refused folder, whoever else is taken', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, all, dataOnly)
      const junk = { recipient: alice, path: 'alice+Junk@x', fallback: 'plain' } as const
      const group = { ...groupOf([]), recipients: [junk, { recipient: bob, path: 'bob@x' }] }
      const told = deliver(downstream, group)
      assert.deepEqual((await lines(peer, 5)).slice(2), ['RCPT TO:<alice+Junk@x>', 'RCPT TO:<bob@x>', 'DATA'])
      await takeMessage(peer, '250 reset\r\n250 m\r\n550 5.1.1 no\r\n250 b\r\n', '250 b\r\n')
      assert.deepEqual(await packet(peer, 1), envelope([alice]))
      await takeMessage(peer, '250 m\r\n250 a\r\n', '250 a\r\n')
      assert.deepEqual(await told, ['1 end of data 250 b', '0 end of data 250 a'])
      const alone = deliver(downstream, { ...group, recipients: [junk] })
      await packet(peer, 1)
      peer.send('250 m\r\n550 5.1.1 no\r\n503 5.5.1 nobody\r\n')
      assert.equal(await peer.line(), 'RSET')
      assert.deepEqual(await packet(peer, 1), envelope([alice]))
      peer.send('250 reset\r\n250 m\r\n550 5.7.1 not him either\r\n503 5.5.1 nobody\r\n')
      assert.deepEqual(await alone, ['0 RCPT 550 not him either'])
    })
  })

  it('takes refused DATA for the answer to all who were taken only if it was sent behind their replies', async () => {
    await withServer(async bench => {
      const { downstream, peer, told } = await asked(bench, [alice, bob])
      peer.send('250 reset\r\n250 m\r\n250 a\r\n550 5.1.1 b\r\n452 4.3.1 no room\r\n')
      assert.equal(await peer.end(), '')
      const fresh = await onceMore(bench, [alice, bob], '250 m\r\n250 a\r\n550 5.1.1 b\r\n')
      fresh.send('452 4.3.1 no room\r\n')
      assert.deepEqual(await told, ['1 RCPT 550 b', '0 DATA 452 no room'])
      downstream.release()
      assert.equal(await fresh.line(), 'RSET')
    })
  })

  const shifts: readonly (readonly [string, string])[] = [
    ['no reply to RSET', '250 m\r\n250 a\r\n550 5.1.1 b\r\n354 go\r\n'],
    ['MAIL refused and a RCPT taken', '250 reset\r\n451 4.3.0 m\r\n250 a\r\n550 5.1.1 b\r\n503 5.5.1 nobody\r\n'],
    ['no reply to the first RCPT', '250 reset\r\n250 m\r\n550 5.1.1 b\r\n354 go\r\n'],
    ['a refusal too many at MAIL', '250 reset\r\n250 m\r\n550 what?\r\n250 a\r\n550 5.1.1 b\r\n354 go\r\n'],
    ['a reply too many at MAIL', '250 reset\r\n250 m\r\n250 what?\r\n250 a\r\n550 5.1.1 b\r\n354 go\r\n'],
    ['a refusal too many at the first RCPT', '250 reset\r\n250 m\r\n250 a\r\n550 what?\r\n550 5.1.1 b\r\n354 go\r\n'],
  ]
  for (const [name, replies] of shifts)
    it(`with ${name} believes no refusal, and is made once more`, async () => {
      await withServer(async bench => {
        const { peer, told } = await asked(bench, [alice, bob])
        peer.send(replies)
        assert.equal(await peer.end(), '', 'no message')
        const fresh = await onceMore(bench, [alice, bob], '250 m\r\n250 a\r\n550 5.1.1 b\r\n')
        await takeMessage(fresh, '', '250 a\r\n')
        assert.deepEqual((await told).sort(), ['0 end of data 250 a', '1 RCPT 550 b'])
      })
    })

  it('with no reply to the first RCPT and none to DATA believes no refusal', async () => {
    await withServer(async bench => {
      const { peer, told } = await asked(bench, [alice, bob])
      peer.send('250 reset\r\n250 m\r\n550 5.1.1 b\r\n503 5.5.1 nobody\r\n')
      await turns()
      await bench.clock.pass(120_000)
      assert.deepEqual(await told, ['0 RCPT? no reply to DATA for 120 s', '1 RCPT? no reply to DATA for 120 s'])
    })
  })

  const losses: readonly (readonly [string, string])[] = [
    ['before any reply', ''],
    ['at the second RCPT', '250 reset\r\n250 m\r\n250 a\r\n'],
    ['at DATA', '250 reset\r\n250 m\r\n250 a\r\n250 b\r\n'],
    ['at DATA, one refused', '250 reset\r\n250 m\r\n250 a\r\n550 5.1.1 b\r\n'],
    ['at the second RCPT, by 421', '250 reset\r\n250 m\r\n250 a\r\n421 4.3.2 b\r\n'],
  ]
  for (const [name, replies] of losses)
    it(`lost ${name} is made once more, whole`, async () => {
      await withServer(async bench => {
        const { peer, told } = await asked(bench, [alice, bob])
        peer.send(replies)
        peer.finish()
        const fresh = await onceMore(bench, [alice, bob], '250 m\r\n250 a\r\n250 b\r\n')
        await takeMessage(fresh, '', '250 a\r\n250 b\r\n')
        assert.deepEqual(await told, ['0 end of data 250 a', '1 end of data 250 b'])
        assert.equal(await peer.end(), '', 'nothing was sent behind DATA')
        assert.equal(bench.server.count, 2)
      })
    })

  it('lost twice is given up', async () => {
    await withServer(async bench => {
      const { peer, told } = await asked(bench, [alice])
      peer.close()
      const fresh = await onceMore(bench, [alice], '250 m\r\n250 a\r\n')
      fresh.close()
      assert.match((await told)[0] ?? '', /^0 (?:RCPT|DATA)\? /)
      assert.equal(bench.server.count, 2)
    })
  })

  it('without replies is given up: 60 s for each up to the last RCPT, 120 s for DATA', async () => {
    const silences: readonly (readonly [string, number, string])[] = [
      ['', 60_000, 'MAIL? no reply to RSET for 60 s'],
      ['250 reset\r\n', 60_000, 'MAIL? no reply to MAIL for 60 s'],
      ['250 reset\r\n250 m\r\n', 60_000, 'RCPT? no reply to RCPT for 60 s'],
      ['250 reset\r\n250 m\r\n250 a\r\n', 120_000, 'DATA? no reply to DATA for 120 s'],
    ]
    for (const [replies, time, cause] of silences)
      await withServer(async bench => {
        const { peer, told } = await asked(bench, [alice])
        peer.send(replies)
        await turns()
        await bench.clock.pass(time - 1)
        assert.ok(!peer.ended)
        await bench.clock.pass(1)
        assert.deepEqual(await told, [`0 ${cause}`])
        assert.equal(await peer.end(), '')
      })
  })

  it('waits for the RCPTs until the latest moment to start, and for 354 and the end beyond it', async () => {
    await withServer(async bench => {
      const { peer, told } = await asked(bench, [alice], undefined, { start: 30_000, end: 570_000 })
      peer.send('250 reset\r\n250 m\r\n')
      await turns()
      await bench.clock.pass(30_000)
      assert.deepEqual(await told, ['0 RCPT? no reply in time'])
      await peer.end()
    })
    await withServer(async bench => {
      const { peer, told } = await asked(bench, [alice], undefined, { start: 30_000, end: 570_000 })
      await bench.clock.pass(29_000)
      peer.send('250 reset\r\n250 m\r\n250 a\r\n')
      await turns()
      await bench.clock.pass(100_000)
      peer.send('354 go\r\n')
      assert.equal(await peer.octets(dots.length), dots)
      await bench.clock.pass(400_000)
      peer.send('250 a\r\n')
      assert.deepEqual(await told, ['0 end of data 250 a'])
    })
  })

  it('is not begun for a client that has gone, and carries on for one that goes behind the packet', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, all, dataOnly)
      let isThere = false
      const time = { ...until, isWanted: () => isThere }
      assert.deepEqual(await deliver(downstream, groupOf([alice]), time), ['0 gone'])
      await turns()
      assert.equal(peer.unread, '', 'nothing at all')
      isThere = true
      const told = deliver(downstream, groupOf([bob]), time)
      assert.equal(await peer.line(), 'RSET')
      await packet(peer, 1)
      isThere = false
      await takeMessage(peer, '250 reset\r\n250 m\r\n250 b\r\n', '250 b\r\n')
      assert.deepEqual(await told, ['0 end of data 250 b'])
    })
  })

  it('is not begun with a message that the next hop cannot take', async () => {
    await withServer(async ({ server, hop }) => {
      const downstream = hop.begin(senderOf('s@x'))
      const told = deliver(downstream, groupOf([alice, bob], messageOf([text], { eightBit: 'body' })))
      const peer = await server.ready(['PIPELINING'])
      await lines(peer, 3)
      await turns()
      assert.equal(peer.unread, '', 'no DATA')
      peer.send('250 m\r\n550 5.1.1 a\r\n250 b\r\n')
      assert.deepEqual(await told, ['0 RCPT 550 a', '1 cannot 8bitmime'])
    })
  })

  it('closes amid a message that cannot be read to its end', async () => {
    await withServer(async bench => {
      const { peer, told } = await asked(bench, [alice], messageOf([text], { sizeWithout: () => text.length + 1 }))
      peer.send('250 reset\r\n250 m\r\n250 a\r\n354 go\r\n')
      assert.match((await told)[0] ?? '', /^0 ours spool: fewer octets/)
      assert.ok(!(await peer.end()).includes('hello'), 'the last piece must not leave')
    })
  })

  it('on an idle connection that was dead already is made on a new one', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await rested(bench)
      const told = deliver(downstream, groupOf([alice]))
      await packet(peer, 1)
      peer.send('421 4.4.2 idle too long\r\n')
      peer.close()
      const fresh = await onceMore(bench, [alice], '250 m\r\n250 ok\r\n')
      await takeMessage(fresh, '', '250 stored\r\n')
      assert.deepEqual(await told, ['0 end of data 250 stored'])
    })
  })

  it('leaves those without an answer in doubt when it is lost behind the message', async () => {
    await withServer(async bench => {
      const { peer, told } = await asked(bench, [alice, bob])
      peer.send('250 reset\r\n250 m\r\n250 a\r\n250 b\r\n354 go\r\n')
      await peer.octets(dots.length)
      peer.send('250 a\r\n')
      peer.finish()
      assert.deepEqual(await told, ['0 end of data 250 a', '1 end of data? closed by the next hop'])
      await turns()
      assert.equal(bench.server.count, 1)
    })
  })

  it('keeps in step when the next hop says one reply too many or too few', async () => {
    for (const replies of [
      '250 reset\r\n250 m\r\n250 a\r\n250 surplus\r\n354 go\r\n',
      '250 reset\r\n250 m\r\n354 go\r\n',
    ])
      await withServer(async bench => {
        const { peer, told } = await asked(bench, [alice])
        peer.send(replies)
        assert.equal(await peer.end(), '', 'no message')
        const fresh = await bench.server.ready(dataOnly)
        await lines(fresh, 2)
        fresh.send('250 m\r\n250 surplus\r\n250 a\r\n')
        assert.match((await told)[0] ?? '', /^0 RCPT\? out of step: /)
        assert.equal(await fresh.end(), '', 'no message')
        assert.equal(bench.server.count, 2)
      })
  })

  it('replies that come octet by octet are the same', async () => {
    await withServer(async bench => {
      const { peer, told } = await asked(bench, [alice, bob])
      await peer.sendSlowly('250 reset\r\n250 m\r\n550-5.1.1 no\r\n550 5.1.1 a\r\n250 b\r\n354-go\r\n354 on\r\n')
      assert.equal(await peer.octets(dots.length), dots)
      await peer.sendSlowly('250 2.0.0 b\r\n')
      assert.deepEqual(await told, ['0 RCPT 550 no a', '1 end of data 250 b'])
    })
  })

  it('is not used for offers, whose message is not there yet', async () => {
    await withServer(async bench => {
      const { peer } = await rested(bench)
      const next = offerTo(bench.hop.begin(senderOf('s@x')), bob)
      await takeEnvelope(peer, 1)
      await next
      await turns()
      assert.equal(peer.unread, '')
    })
  })
})
