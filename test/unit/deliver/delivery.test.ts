/** Groups handed on over real sockets: what goes over the wire, and what becomes of each recipient when something breaks. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DeliveryGroup, Downstream } from '../../../src/deliver/downstream.ts'
import type { Outcome } from '../../../src/deliver/outcome.ts'
import type { Message, Recipient } from '../../../src/transaction.ts'
import { dovecotOffers } from '../../support/next-hop.ts'
import type { Peer } from '../../support/peer.ts'
import { lines, messageOf, recipientOf, senderOf, withServer, type Bench } from '../../support/scripted-server.ts'
import { turns } from '../../support/turns.ts'

const dataOnly = ['8BITMIME', 'PIPELINING']
const until = { start: 240_000, end: 570_000 }
const prefix = 'Received: x\r\n'
const text = 'Subject: y\r\n\r\n.hello\r\n'
const chunk = `BDAT ${(prefix + text).length} LAST\r\n${prefix}${text}`
const dots = `${prefix}${text.replace('\n.', '\n..')}.\r\n`

const [alice, bob, carol] = ['alice@x', 'bob@x', 'carol@x'].map(path => recipientOf(path)) as [
  Recipient,
  Recipient,
  Recipient,
]

function groupOf(recipients: readonly Recipient[], message: Message = messageOf([text])): DeliveryGroup {
  return {
    recipients: recipients.map(recipient => ({ recipient, path: recipient.path })),
    prefix: Buffer.from(prefix),
    message,
    omit: new Set(),
  }
}

/** `0 end of data 250 stored`, `1 message? closed`, in the order in which they were told. */
function deliver(downstream: Downstream, group: DeliveryGroup, time = until): Promise<string[]> {
  const told: string[] = []
  return downstream.deliver(group, time, (index, outcome) => told.push(`${index} ${words(outcome)}`)).then(() => told)
}

function words(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'answered':
      return `${outcome.at} ${outcome.reply.code} ${outcome.reply.lines.join(' ')}`
    case 'unanswered':
      return `${outcome.at}? ${outcome.cause}`
    case 'busy':
    case 'ours':
      return `${outcome.kind} ${outcome.cause}`
    case 'cannot':
      return `cannot ${outcome.why}`
  }
}

/** Offers made and accepted on a new connection. */
async function offered(
  { server, hop }: Bench,
  recipients: readonly Recipient[],
  offers: readonly string[] = dovecotOffers,
) {
  const downstream = hop.begin(senderOf('s@x'))
  const outcomes = recipients.map(recipient => downstream.offer(recipient))
  const peer = await server.ready(offers)
  await takeEnvelope(peer, recipients.length)
  await Promise.all(outcomes)
  return { downstream, peer }
}

async function takeEnvelope(peer: Peer, count: number): Promise<string[]> {
  const commands = await lines(peer, count + 1)
  peer.send('250 2.0.0 ok\r\n'.repeat(count + 1))
  return commands
}

describe('delivery', () => {
  it('carries on with the open transaction when it holds just the group: one BDAT, headers and message counted', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice, bob, alice])
      const told = deliver(downstream, groupOf([alice, bob, alice]))
      assert.equal(await peer.octets(chunk.length), chunk)
      peer.send('250 2.0.0 one\r\n552 5.2.2 two\r\n250 2.0.0 three\r\n')
      assert.deepEqual(await told, ['0 end of data 250 one', '1 end of data 552 two', '2 end of data 250 three'])
      downstream.release()
      assert.deepEqual(bench.hop.stats(), { open: 1, idle: 1, waiting: 0 })
      const next = bench.hop.begin(senderOf('t@x')).offer(bob)
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

  describe('of a folder', () => {
    const junk = { recipient: alice, path: 'alice+Junk@x' } as const

    it('falls back to the plain address when that of the folder is refused for good', async () => {
      await withServer(async bench => {
        const { downstream, peer } = await offered(bench, [alice, bob])
        const group = { ...groupOf([bob]), recipients: [junk, { recipient: bob, path: 'bob@x' }] }
        const told = deliver(downstream, group)
        assert.deepEqual((await lines(peer, 4))[2], 'RCPT TO:<alice+Junk@x>')
        peer.send('250 ok\r\n250 ok\r\n550 5.1.1 no\r\n250 ok\r\n')
        await peer.octets(chunk.length)
        peer.send('250 b\r\n')
        assert.deepEqual(await takeEnvelope(peer, 1), ['MAIL FROM:<s@x>', 'RCPT TO:<alice@x>'])
        await peer.octets(chunk.length)
        peer.send('250 a\r\n')
        assert.deepEqual(await told, ['1 end of data 250 b', '0 end of data 250 a'])
      })
    })

    it('takes the answer to the plain address as it is, and a refusal for now, too', async () => {
      await withServer(async bench => {
        const { downstream, peer } = await offered(bench, [alice])
        const told = deliver(downstream, { ...groupOf([]), recipients: [junk] })
        await lines(peer, 3)
        peer.send('250 ok\r\n250 ok\r\n550 5.1.1 no\r\n')
        await lines(peer, 3)
        peer.send('250 ok\r\n250 ok\r\n550 5.7.1 not him either\r\n')
        assert.deepEqual(await told, ['0 RCPT 550 not him either'])
        const later = deliver(downstream, { ...groupOf([]), recipients: [junk] })
        await lines(peer, 3)
        peer.send('250 ok\r\n250 ok\r\n451 4.3.0 later\r\n')
        assert.deepEqual(await later, ['0 RCPT 451 later'])
      })
    })

    it('is a failure of ours where there is no other address', async () => {
      await withServer(async bench => {
        const { downstream, peer } = await offered(bench, [alice])
        const told = deliver(downstream, { ...groupOf([]), recipients: [{ ...junk, fallback: 'defer' }] })
        await lines(peer, 3)
        peer.send('250 ok\r\n250 ok\r\n550 5.1.1 no\r\n')
        assert.deepEqual(await told, ['0 ours address of the mailbox refused: 550 5.1.1 no'])
      })
    })

    it('falls back when its address cannot be written', async () => {
      await withServer(async ({ server, hop }) => {
        const downstream = hop.begin(senderOf('s@x', ['SMTPUTF8']))
        const told = deliver(downstream, {
          ...groupOf([]),
          recipients: [{ recipient: alice, path: 'alice+Entw\xc3\xbcrfe@x' }],
        })
        const peer = await server.ready()
        assert.deepEqual(await takeEnvelope(peer, 1), ['MAIL FROM:<s@x>', 'RCPT TO:<alice@x>'])
        await peer.octets(chunk.length)
        peer.send('250 a\r\n')
        assert.deepEqual(await told, ['0 end of data 250 a'])
      })
    })
  })

  describe('that the next hop cannot take', () => {
    const cases: readonly (readonly [string, Partial<Message>, readonly string[], readonly string[], string])[] = [
      ['8-bit content', { eightBit: 'body' }, [], ['PIPELINING'], '0 cannot 8bitmime'],
      ['8-bit headers', { eightBit: 'header' }, ['SMTPUTF8'], ['PIPELINING', '8BITMIME'], '0 cannot smtputf8'],
    ]
    for (const [name, more, params, offers, expected] of cases)
      it(`is told apart: ${name}`, async () => {
        await withServer(async ({ server, hop }) => {
          const downstream = hop.begin(senderOf('s@x', params))
          const offer = downstream.offer(alice)
          const peer = await server.ready(offers)
          await takeEnvelope(peer, 1)
          await offer
          assert.deepEqual(await deliver(downstream, groupOf([alice], messageOf([text], more))), [expected])
          downstream.release()
          assert.equal(await peer.line(), 'RSET')
        })
      })

    it('goes on without the parameter if it is ASCII throughout', async () => {
      await withServer(async ({ server, hop }) => {
        const downstream = hop.begin(senderOf('s@x', ['SMTPUTF8', 'BODY=8BITMIME']))
        const told = deliver(downstream, groupOf([alice], messageOf([text], { eightBit: 'body' })))
        const peer = await server.ready(['8BITMIME', 'CHUNKING'])
        assert.equal(await peer.line(), 'MAIL FROM:<s@x> BODY=8BITMIME')
        peer.send('250 ok\r\n')
        await peer.line()
        peer.send('250 ok\r\n')
        await peer.octets(chunk.length)
        peer.send('250 a\r\n')
        assert.deepEqual(await told, ['0 end of data 250 a'])
      })
    })
  })

  describe('on a connection that is lost', () => {
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
        assert.deepEqual(await told, ['0 busy too late to start'])
        assert.equal(bench.server.count, 1)
      })
    })
  })

  describe('out of step', () => {
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
          assert.deepEqual(bench.hop.stats(), { open: 0, idle: 0, waiting: 0 })
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

  describe('that takes too long', () => {
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

    it('does not start its message after the latest moment to start', async () => {
      await withServer(async bench => {
        const { downstream, peer } = await offered(bench, [alice, bob])
        const told = deliver(downstream, groupOf([alice]), { start: 30_000, end: 570_000 })
        await lines(peer, 3)
        await bench.clock.pass(30_000)
        assert.deepEqual(await told, ['0 MAIL? no reply in time'])
        const late = deliver(downstream, groupOf([bob]), { start: 29_999, end: 570_000 })
        assert.deepEqual(await late, ['0 busy too late to start'])
      })
    })
  })

  describe('of a message that cannot be read to its end', () => {
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

  it('keeps the conversation in step when the caller throws, and hands the bug on in the end', async () => {
    await withServer(async bench => {
      const { downstream, peer } = await offered(bench, [alice, bob])
      const told: number[] = []
      const delivery = downstream.deliver(groupOf([alice, bob]), until, index => {
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

async function* failing(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from('Subject: y\r\n'))
  throw new Error('disk gone')
}
