/** Groups whose MAIL, RCPTs and DATA leave right behind the message of the group before (RFC 2920 §3.1): what the next hop may answer, and who is told what. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Until } from '../../../src/deliver/until.ts'
import type { Recipient } from '../../../src/transaction.ts'
import type { Peer } from '../../support/peer.ts'
import { alice, bob, carol, dataOnly, deliverEach, dots, groupOf, offered, until } from '../../support/delivery.ts'
import { lines, messageOf, senderOf, withServer, type Bench } from '../../support/scripted-server.ts'
import { turns } from '../../support/turns.ts'

const everyone = [alice, bob, carol]

/** Groups of one recipient each; the first one's commands are answered, and his message has come, with what is behind it unread. */
async function begun(bench: Bench, recipients: readonly Recipient[], time: Until = until) {
  const { downstream, peer } = await offered(bench, everyone, dataOnly)
  const groups = recipients.map(recipient => groupOf([recipient]))
  const told = deliverEach(downstream, groups, time)
  await peer.octets(`RSET\r\n${commands(recipients[0]!)}`.length)
  peer.send('250 reset\r\n250 m\r\n250 r\r\n354 go\r\n')
  await message(peer)
  return { downstream, peer, told }
}

function commands({ path }: Recipient): string {
  return `MAIL FROM:<s@x>\r\nRCPT TO:<${path}>\r\nDATA\r\n`
}

async function message(peer: Peer): Promise<void> {
  assert.equal(await peer.octets(dots.length), dots)
}

async function follows(peer: Peer, recipient: Recipient): Promise<void> {
  assert.equal(await peer.octets(commands(recipient).length), commands(recipient))
}

/** The recipient's group comes on a new connection, where DATA waits for the replies. */
async function askedAnew({ server }: Bench, recipient: Recipient): Promise<Peer> {
  const fresh = await server.ready(dataOnly)
  assert.deepEqual(await lines(fresh, 2), commands(recipient).split('\r\n').slice(0, 2))
  fresh.send('250 m\r\n250 r\r\n')
  assert.equal(await fresh.line(), 'DATA')
  return fresh
}

/** And is taken there. */
async function takenAnew(bench: Bench, recipient: Recipient): Promise<void> {
  const fresh = await askedAnew(bench, recipient)
  fresh.send('354 go\r\n')
  await message(fresh)
  fresh.send('250 anew\r\n')
}

describe('delivery with the next commands behind the message', () => {
  it('sends them in the packet that ends it, group after group, and tells each his own reply', async () => {
    await withServer(async bench => {
      const { peer, told, downstream } = await begun(bench, everyone)
      assert.equal(peer.unread, commands(bob), 'in the same packet')
      await follows(peer, bob)
      peer.send('250 2.0.0 a\r\n')
      await turns()
      peer.send('250 m\r\n250 r\r\n')
      await turns()
      assert.equal(peer.unread, '', 'the message waits for 354')
      peer.send('354 go\r\n')
      await message(peer)
      await follows(peer, carol)
      await peer.sendSlowly('452 4.2.2 b\r\n250 m\r\n250 r\r\n354 go\r\n')
      await message(peer)
      await turns()
      assert.equal(peer.unread, '')
      peer.send('250 2.0.0 c\r\n')
      assert.deepEqual(await told, ['0 end of data 250 a', '1 end of data 452 b', '2 end of data 250 c'])
      downstream.release()
      assert.equal(bench.hop.stats().idle, 1, 'as good as new')
      assert.equal(bench.server.count, 1)
    })
  })

  it('does so behind the transaction that held the offers, too', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice], dataOnly)
      const told = deliverEach(downstream, [groupOf([alice]), groupOf([bob])])
      assert.equal(await peer.line(), 'DATA')
      peer.send('354 go\r\n')
      await message(peer)
      assert.equal(peer.unread, commands(bob))
      await follows(peer, bob)
      peer.send('250 a\r\n250 m\r\n250 r\r\n354 go\r\n')
      await message(peer)
      peer.send('250 b\r\n')
      assert.deepEqual(await told, ['0 end of data 250 a', '1 end of data 250 b'])
    })
  })

  it('does not behind a message that is for several, or where somebody was refused, nor if CHUNKING is offered', async () => {
    for (const a of ['250', '550 5.1.1'])
      await withServer(async bench => {
        const { downstream, peer } = await offered(bench, everyone, dataOnly)
        void deliverEach(downstream, [groupOf([alice, bob]), groupOf([carol])])
        await peer.octets(`RSET\r\n${commands(alice)}RCPT TO:<bob@x>\r\n`.length)
        peer.send(`250 reset\r\n250 m\r\n${a} a\r\n250 b\r\n354 go\r\n`)
        await message(peer)
        await turns()
        assert.equal(peer.unread, '')
      })
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice])
      void deliverEach(downstream, [groupOf([alice]), groupOf([bob])])
      assert.match(await peer.line(), /^BDAT/)
      await turns()
      assert.ok(!peer.unread.includes('MAIL'))
    })
  })

  it('does not for a client that has gone, nor when it is too late to start', async () => {
    for (const change of ['gone', 'late'] as const)
      await withServer(async bench => {
        const { downstream, peer } = await offered(bench, everyone, dataOnly)
        let isThere = true
        const time = { start: 30_000, end: 570_000, isWanted: () => isThere }
        const told = deliverEach(downstream, [groupOf([alice]), groupOf([bob])], time)
        await peer.octets(`RSET\r\n${commands(alice)}`.length)
        peer.send('250 reset\r\n250 m\r\n250 r\r\n')
        await turns()
        if (change === 'gone') isThere = false
        else await bench.clock.pass(30_001)
        peer.send('354 go\r\n')
        await message(peer)
        await turns()
        assert.equal(peer.unread, '')
        peer.send('250 a\r\n')
        assert.deepEqual(await told, [
          '0 end of data 250 a',
          `1 ${change === 'gone' ? 'gone' : 'late too late to start'}`,
        ])
      })
  })

  it('sends nothing behind 354, and closes, if the message is not wanted by then', async () => {
    for (const change of ['gone', 'late'] as const)
      await withServer(async bench => {
        let isThere = true
        const { peer, told } = await begun(bench, [alice, bob, carol], { ...until, isWanted: () => isThere })
        await follows(peer, bob)
        if (change === 'gone') isThere = false
        else await bench.clock.pass(until.start + 1)
        peer.send('250 a\r\n250 m\r\n250 r\r\n354 go\r\n')
        const words = change === 'gone' ? 'gone' : 'late too late to start'
        assert.deepEqual((await told).sort(), ['0 end of data 250 a', `1 ${words}`, `2 ${words}`])
        assert.equal(await peer.end(), '')
        assert.equal(bench.server.count, 1)
      })
  })

  it('goes on with RSET when nobody is taken', async () => {
    await withServer(async bench => {
      const { peer, told } = await begun(bench, everyone)
      await follows(peer, bob)
      peer.send('250 a\r\n250 m\r\n550 5.1.1 b\r\n503 5.5.1 nobody\r\n')
      assert.equal(await peer.line(), 'RSET')
      await follows(peer, carol)
      peer.send('250 reset\r\n250 m\r\n250 r\r\n354 go\r\n')
      await message(peer)
      peer.send('250 c\r\n')
      assert.deepEqual(await told, ['0 end of data 250 a', '1 RCPT 550 b', '2 end of data 250 c'])
    })
  })

  it('falls back to the plain address behind a refused folder', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice], dataOnly)
      const junk = { ...groupOf([]), recipients: [{ recipient: bob, path: 'bob+Junk@x', fallback: 'plain' } as const] }
      const told = deliverEach(downstream, [groupOf([alice]), junk])
      assert.equal(await peer.line(), 'DATA')
      peer.send('354 go\r\n')
      await message(peer)
      assert.deepEqual(peer.unread.split('\r\n')[1], 'RCPT TO:<bob+Junk@x>')
      await peer.octets(peer.unreadSize)
      peer.send('250 a\r\n250 m\r\n550 5.1.1 no\r\n503 5.5.1 nobody\r\n')
      assert.equal(await peer.line(), 'RSET')
      await follows(peer, bob)
      peer.send('250 reset\r\n250 m\r\n250 r\r\n354 go\r\n')
      await message(peer)
      peer.send('250 b\r\n')
      assert.deepEqual(await told, ['0 end of data 250 a', '1 end of data 250 b'])
    })
  })

  const losses: readonly (readonly [string, string, string])[] = [
    ['before its own final reply', '', '0 end of data? closed by the next hop'],
    ['behind its own final reply', '250 a\r\n', '0 end of data 250 a'],
    ['at DATA of the next one', '250 a\r\n250 m\r\n250 r\r\n', '0 end of data 250 a'],
    ['by 421 at MAIL of the next one', '250 a\r\n421 4.3.2 going\r\n', '0 end of data 250 a'],
  ]
  for (const [name, replies, first] of losses)
    it(`lost ${name} makes the next one once more`, async () => {
      await withServer(async bench => {
        const { peer, told } = await begun(bench, [alice, bob])
        await follows(peer, bob)
        peer.send(replies)
        peer.finish()
        await takenAnew(bench, bob)
        assert.deepEqual(await told, [first, '1 end of data 250 anew'])
        assert.equal(await peer.end(), '')
        assert.equal(bench.server.count, 2)
      })
    })

  const broken: readonly (readonly [string, string, string])[] = [
    ['354 in place of the final reply', '354 go\r\n', '? out of step: 354 go to end of data'],
    ['no final reply, 354 at RCPT', '250 m\r\n250 r\r\n354 go\r\n', '? out of step: 354 go to RCPT'],
    ['no final reply, RCPT refused', '250 m\r\n550 5.1.1 b\r\n503 5.5.1 nobody\r\n', '? no reply to DATA for 120 s'],
    ['no final reply, DATA refused', '250 m\r\n250 r\r\n503 5.5.1 what?\r\n', '? no reply to DATA for 120 s'],
    ['no final reply, silence at DATA', '250 m\r\n250 r\r\n', '? no reply to RCPT for 60 s'],
    ['no final reply, garbage at DATA', '250 m\r\n250 r\r\nwhat?\r\n', '? out of step: malformed reply line'],
    ['a second final reply', '250 a\r\n250 b?\r\n250 m\r\n250 r\r\n354 go\r\n', ' 250 a'],
    ['a second final reply, RCPT refused', '250 a\r\n250 b?\r\n250 m\r\n550 5.1.1 b\r\n503 5.5.1 nobody\r\n', ' 250 a'],
    [
      'a refusal as second final reply',
      '250 a\r\n550 b?\r\n250 m\r\n250 r\r\n354 go\r\n',
      '? out of step: 250 2.0.0 m to RCPT',
    ],
  ]
  for (const [name, replies, first] of broken)
    it(`with ${name}, ${first.startsWith('?') ? 'is in doubt' : 'counts'}, and the next one, who hears nothing of it, is made once more`, async () => {
      await withServer(async bench => {
        const { peer, told } = await begun(bench, [alice, bob])
        await follows(peer, bob)
        peer.send(replies)
        await turns()
        await bench.clock.pass(1000 * Number(/for (\d+) s/.exec(first)?.[1] ?? 0))
        assert.equal(await peer.end(), '', 'no message')
        await takenAnew(bench, bob)
        assert.deepEqual(await told, [`0 end of data${first}`, '1 end of data 250 anew'])
      })
    })

  it('lets nobody of a group behind hear what was said of another', async () => {
    for (const replies of [
      '250 m\r\n250 b\r\n550 5.1.1 c\r\n354 go\r\n',
      '250 a\r\n250 surplus\r\n250 m\r\n550 5.1.1 b\r\n250 c\r\n354 go\r\n',
      '250 a\r\n250 surplus\r\n250 m\r\n250 b\r\n550 5.1.1 c\r\n354 go\r\n',
    ])
      await withServer(async bench => {
        const { downstream, peer } = await offered(bench, everyone, dataOnly)
        const heard: string[] = []
        const delivered = downstream.deliver(
          [groupOf([alice]), groupOf([bob, carol])],
          until,
          (index, outcome, group) => {
            if (outcome.kind === 'answered') heard.push(`${group}.${index} ${outcome.reply.lines.join(' ')}`)
          },
        )
        await peer.octets(`RSET\r\n${commands(alice)}`.length)
        peer.send('250 reset\r\n250 m\r\n250 r\r\n354 go\r\n')
        await message(peer)
        await peer.octets(peer.unreadSize)
        peer.send(replies)
        assert.equal(await peer.end(), '')
        const fresh = await bench.server.ready(dataOnly)
        const asked = await lines(fresh, 3)
        fresh.send('250 m\r\n250 r\r\n250 r\r\n')
        assert.equal(await fresh.line(), 'DATA')
        fresh.send('354 go\r\n')
        await message(fresh)
        for (const rcpt of asked.slice(1, 3)) fresh.send(rcpt.includes('bob') ? '250 of b\r\n' : '452 4.2.2 of c\r\n')
        await delivered
        assert.deepEqual(heard.sort().slice(-2), ['1.0 of b', '1.1 of c'])
      })
  })

  it('tells the final reply before it, too, if somebody behind it cannot be asked about', async () => {
    await withServer(async ({ server, hop }) => {
      const downstream = hop.begin(senderOf('s@x', ['SMTPUTF8']))
      const unspeakable = { recipient: bob, path: 'bob+\xc3\xbc@x', fallback: 'defer' } as const
      const behind = { ...groupOf([]), recipients: [unspeakable, { recipient: carol, path: 'carol@x' }] }
      const told = deliverEach(downstream, [groupOf([alice]), behind])
      const peer = await server.ready(dataOnly)
      await peer.octets(commands(alice).length)
      peer.send('250 m\r\n250 r\r\n354 go\r\n')
      await message(peer)
      await follows(peer, carol)
      peer.send('250 a\r\n250 m\r\n250 r\r\n354 go\r\n')
      await message(peer)
      peer.send('250 c\r\n')
      assert.deepEqual(await told, [
        '1 ours address of the mailbox refused: not in ASCII',
        '0 end of data 250 a',
        '1 end of data 250 c',
      ])
    })
  })

  it('asks once more whom it heard refused before the connection was lost', async () => {
    await withServer(async bench => {
      const { peer, told } = await begun(bench, [alice, bob])
      await follows(peer, bob)
      peer.send('250 a\r\n250 m\r\n550 5.1.1 of another\r\n')
      peer.finish()
      await takenAnew(bench, bob)
      assert.deepEqual(await told, ['0 end of data 250 a', '1 end of data 250 anew'])
    })
  })

  it('hears a refusal of DATA for somebody who was taken on a new connection', async () => {
    await withServer(async bench => {
      const { peer, told } = await begun(bench, [alice, bob])
      await follows(peer, bob)
      peer.send('250 a\r\n250 m\r\n250 r\r\n452 4.3.1 no room\r\n')
      const fresh = await askedAnew(bench, bob)
      fresh.send('452 4.3.1 no room\r\n')
      assert.deepEqual(await told, ['0 end of data 250 a', '1 DATA 452 no room'])
    })
  })

  it('lets a next hop that was slow with the message before have its time', async () => {
    await withServer(async bench => {
      const { peer, told } = await begun(bench, [alice, bob])
      await follows(peer, bob)
      await bench.clock.pass(until.start + 1)
      peer.send('250 a\r\n')
      await turns()
      await bench.clock.pass(1000)
      peer.send('250 m\r\n250 r\r\n354 go\r\n')
      assert.deepEqual(await told, ['0 end of data 250 a', '1 late too late to start'])
      assert.ok(bench.events.every(({ kind }) => kind !== 'silent'))
    })
  })

  it('gives up a next hop that says nothing: the end for the message, then 60 s for each reply behind it', async () => {
    await withServer(async bench => {
      const { peer, told } = await begun(bench, [alice, bob])
      await follows(peer, bob)
      await bench.clock.pass(100_000)
      assert.ok(!peer.ended, 'MAIL has not its turn yet')
      peer.send('250 a\r\n')
      await turns()
      await bench.clock.pass(59_999)
      assert.ok(!peer.ended)
      await bench.clock.pass(1)
      await takenAnew(bench, bob)
      assert.deepEqual(await told, ['0 end of data? no reply to MAIL for 60 s', '1 end of data 250 anew'])
    })
  })

  it('leaves what is behind alone when the message cannot be read to its end', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice], dataOnly)
      const short = messageOf(['Subject: y\r\n\r\n'], { sizeWithout: () => 100 })
      const told = deliverEach(downstream, [groupOf([alice], short), groupOf([bob])])
      assert.equal(await peer.line(), 'DATA')
      peer.send('354 go\r\n')
      await takenAnew(bench, bob)
      assert.ok(!(await peer.end()).includes('MAIL'))
      assert.match((await told)[0] ?? '', /^0 ours spool: fewer octets/)
    })
  })
})
