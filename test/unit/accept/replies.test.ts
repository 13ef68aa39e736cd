/** Replies as clients see them: what smtp-server would get wrong (FACTS.md, smtp-server #1, #2, #3, #7, #16; WIRE 7, 18, 26, 27, 28). */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { reply } from '../../../src/reply.ts'
import type { Reply } from '../../../src/reply.ts'
import type { Ledger } from '../../../src/settle/ledger.ts'
import { cleanUp } from '../../support/cleanup.ts'
import { Client } from '../../support/client.ts'
import { startFront } from '../../support/front.ts'
import type { Behaviour } from '../../support/front.ts'
import { turns } from '../../support/turns.ts'

afterEach(cleanUp)

/** Opens a transaction with these recipients, all in one packet, and sends an empty message. */
async function deliver(behaviour: Behaviour, paths: readonly string[]): Promise<string[]> {
  const { endpoint } = await startFront(behaviour)
  const client = await Client.greet(endpoint)
  client.say('MAIL FROM:<a@example.net>', ...paths.map(path => `RCPT TO:<${path}>`), 'DATA')
  await client.replies(paths.length + 1)
  await client.expect(354)
  client.say('.', 'QUIT')
  const lines: string[] = []
  for (;;) {
    const line = await client.peer.line()
    if (line.startsWith('221 ')) break
    lines.push(line)
  }
  assert.equal(await client.peer.end(), '', 'nothing comes after 221')
  return lines
}

const answer = (text: string): Reply => reply(250, '2.0.0', text)
const settling = (settle: (ledger: Ledger) => void): Behaviour => ({
  receive: (message, _accepted, ledger) => {
    if (typeof message !== 'string') message.discard()
    settle(ledger)
  },
})

describe('the front replies', () => {
  it('once for each accepted RCPT, repeats and other cases of the same address included (#1)', async () => {
    const lines = await deliver({}, ['b@x', 'b@x', 'B@x', 'c@x'])
    assert.deepEqual(
      lines.map(line => line.slice(0, 12)),
      ['250 2.0.0 0 ', '250 2.0.0 1 ', '250 2.0.0 2 ', '250 2.0.0 3 '],
    )
  })

  it('in order and exactly as often, however slots are settled: late, twice, out of range (#2)', async () => {
    const lines = await deliver(
      settling(ledger => {
        ledger.settle(2, answer('third'))
        ledger.settle(2, reply(550, '5.0.0', 'third again'))
        ledger.settle(7, answer('nobody'))
        ledger.settle(-1, answer('nobody'))
        ledger.settle(0, answer('first'))
        ledger.settle(0, reply(550, '5.0.0', 'first again'))
        setImmediate(() => {
          ledger.settle(1, reply(451, '4.2.0', 'second'))
          ledger.settleRest(answer('rest'))
        })
      }),
      ['a@x', 'b@x', 'c@x'],
    )
    assert.deepEqual(lines, ['250 2.0.0 first', '451 4.2.0 second', '250 2.0.0 third'])
  })

  it('with the enhanced code it was given, and with all lines of the text (#3)', async () => {
    const lines = await deliver(
      settling(ledger => {
        ledger.settle(0, reply(550, '5.1.1', 'spam', 'really'))
        ledger.settle(1, reply(452, '4.2.2', 'full'))
      }),
      ['a@x', 'b@x'],
    )
    assert.deepEqual(lines, ['550-5.1.1 spam', '550 5.1.1 really', '452 4.2.2 full'])
  })

  it('in lines of at most 512 octets without control or 8-bit characters (#3)', async () => {
    const lines = await deliver(
      settling(ledger => ledger.settle(0, reply(550, '5.7.1', `a\r\n250 ok\0\xe4\u{1f600}${'x'.repeat(1000)}`))),
      ['a@x'],
    )
    assert.ok(lines.length > 1)
    for (const line of lines) assert.match(line, /^550[- ]5\.7\.1 [ -~]{0,500}$/)
    assert.ok(lines.slice(0, -1).every(line => line.startsWith('550-')))
    assert.match(lines.at(-1) ?? '', /^550 /)
  })

  it('to a batch of commands in one write (#7)', async () => {
    const test = await startFront()
    const client = await Client.greet(test.endpoint)
    await turns()
    const before = test.front.writes.length
    client.say('MAIL FROM:<a@x>', ...Array.from({ length: 20 }, (_, i) => `RCPT TO:<u${i}@x>`), 'NOOP')
    await client.replies(22)
    assert.equal(test.front.writes.length - before, 1)
  })

  it('in the order of the commands, which it passes on without waiting for each other (#16)', async () => {
    const answers: ((reply: Reply) => void)[] = []
    const test = await startFront({ rcpt: (_, answer) => answers.push(answer) })
    const client = await Client.greet(test.endpoint)
    client.say('MAIL FROM:<a@x>', 'RCPT TO:<a@x>', 'RCPT TO:<b@x>', 'RCPT TO:<c@x>', 'NOOP', 'DATA')
    await turns()
    assert.equal(answers.length, 3, 'all three were asked before any was answered')
    assert.equal(client.peer.unread, '', 'the reply to MAIL is nothing that this client waits for')
    answers[2]?.(reply(250, '2.1.5', 'third'))
    answers[1]?.(reply(550, '5.1.1', 'second'))
    await turns()
    assert.equal(client.peer.unread, '', 'nothing overtakes the first')
    answers[0]?.(reply(451, '4.2.0', 'first'))
    await client.expect(250)
    const lines = (await client.replies(5)).map(({ lines }) => lines[0])
    assert.deepEqual(lines.slice(0, 3), ['451 4.2.0 first', '550 5.1.1 second', '250 2.1.5 third'])
    assert.match(lines[3] ?? '', /^250 2\.0\.0 /, 'nor does NOOP overtake RCPT')
    assert.match(lines[4] ?? '', /^354 /, 'DATA waited for them')
  })

  it('to RCPT once, however often the receiver answers', async () => {
    const answers: ((reply: Reply) => void)[] = []
    const test = await startFront({
      rcpt: (_, answer) => {
        answers.push(answer)
        answer(reply(250, '2.1.5', 'first'))
        answer(reply(550, '5.1.1', 'second'))
      },
    })
    const client = await Client.greet(test.endpoint)
    client.say('MAIL FROM:<a@x>', 'RCPT TO:<a@x>', 'RCPT TO:<b@x>')
    await client.replies(3)
    answers[1]?.(reply(550, '5.1.1', 'third'))
    client.say('DATA', '.')
    assert.deepEqual(
      (await client.replies(3)).map(({ code }) => code),
      [354, 250, 250],
    )
    await turns()
    assert.equal(client.peer.unread, '')
  })
})
