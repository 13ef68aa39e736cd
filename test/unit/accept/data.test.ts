/** DATA and BDAT as the receiver gets them (FACTS.md, smtp-server #8, #9, #10; WIRE 23, 24, 32). */
import assert from 'node:assert/strict'
import { afterEach, describe, it, mock } from 'node:test'
import { cleanUp } from '../../support/cleanup.ts'
import { Client } from '../../support/client.ts'
import { startFront } from '../../support/front.ts'
import type { TestFront } from '../../support/front.ts'

afterEach(cleanUp)

/** A session with an open transaction for one recipient. */
async function opened(): Promise<{ test: TestFront; client: Client }> {
  const test = await startFront()
  const client = await Client.greet(test.endpoint)
  client.say('MAIL FROM:<a@x>', 'RCPT TO:<b@x>')
  await client.replies(2)
  return { test, client }
}

/** What arrives when these octets are sent as DATA; they end with the dot. */
async function received(octets: string, slowly = false): Promise<string | undefined> {
  const { test, client } = await opened()
  client.say('DATA')
  await client.expect(354)
  if (slowly) await client.peer.sendSlowly(octets)
  else client.peer.send(octets)
  await client.expect(250)
  assert.equal((await client.ask('NOOP')).code, 250)
  return test.receiver.seen[0]?.message
}

const cases: readonly { name: string; sent: string; got: string }[] = [
  { name: 'stuffed dots', sent: '..\r\n..a\r\n.b\r\na.\r\n.\r\n', got: '.\r\n.a\r\nb\r\na.\r\n' },
  { name: 'nothing', sent: '.\r\n', got: '' },
  { name: 'LF.LF', sent: 'a\n.\nb\r\n.\r\n', got: 'a\r\n.\r\nb\r\n' },
  { name: 'LF.CRLF', sent: 'a\n.\r\nb\r\n.\r\n', got: 'a\r\n.\r\nb\r\n' },
  { name: 'CRLF.LF', sent: 'a\r\n.\nb\r\n.\r\n', got: 'a\r\n\r\nb\r\n' },
  { name: 'CR.CR', sent: 'a\r.\rb\r\n.\r\n', got: 'a . b\r\n' },
  { name: 'CRLF.CR', sent: 'a\r\n.\rb\r\n.\r\n', got: 'a\r\n b\r\n' },
  { name: 'CR.CRLF', sent: 'a\r.\r\nb\r\n.\r\n', got: 'a .\r\nb\r\n' },
  { name: 'CRLF NUL.CRLF', sent: 'a\r\n\0.\r\nb\r\n.\r\n', got: 'a\r\n\0.\r\nb\r\n' },
  { name: 'CRCRLF.CRCRLF', sent: 'a\r\r\n.\r\r\nb\r\n.\r\n', got: 'a \r\n \r\nb\r\n' },
  { name: 'octets above 127', sent: '\xff\x80\r\n.\r\n', got: '\xff\x80\r\n' },
]

describe('DATA', () => {
  for (const { name, sent, got } of cases)
    it(`gives ${name} as it should, whole and octet by octet (#9)`, async () => {
      assert.equal(await received(sent), got)
      assert.equal(await received(sent, true), got)
    })

  it('costs no turn of the event loop for each stuffed dot (#8)', async () => {
    const { test, client } = await opened()
    client.say('DATA')
    await client.expect(354)
    const spy = mock.method(globalThis, 'setImmediate')
    client.peer.send(`${'..\r\n'.repeat(50_000)}.\r\n`)
    await client.expect(250)
    const calls = spy.mock.callCount()
    spy.mock.restore()
    assert.equal(test.receiver.seen[0]?.message, '.\r\n'.repeat(50_000))
    assert.ok(calls < 1000, `${calls} calls of setImmediate`)
  })
})

describe('BDAT', () => {
  it('is offered, takes chunks of any octets, and the last gives one reply per recipient (#10)', async () => {
    const { test, client } = await opened()
    client.peer.send('BDAT 7\r\na: b\r\n\rBDAT 0\r\nBDAT 8 LAST\r\n\n.\r\n.\r\nxQUIT\r\n')
    const replies = await client.replies(4)
    assert.deepEqual(
      replies.map(({ code }) => code),
      [250, 250, 250, 221],
    )
    assert.equal(test.receiver.seen[0]?.message, 'a: b\r\n\r\n.\r\n.\r\nx\r\n')
    assert.equal(await client.peer.end(), '')
  })

  it('announces CHUNKING in LHLO (#10)', async () => {
    const { client } = await opened()
    assert.ok((await client.ask('LHLO again')).lines.some(line => /^250[- ]CHUNKING$/.test(line)))
  })

  it('is not mixed with DATA, and RCPT comes before it', async () => {
    const { test, client } = await opened()
    client.peer.send('BDAT 3\r\nabcDATA\r\nRCPT TO:<c@x>\r\nBDAT 0 LAST\r\n')
    const replies = await client.replies(4)
    assert.deepEqual(
      replies.map(({ code }) => code),
      [250, 503, 503, 250],
    )
    assert.equal(test.receiver.seen[0]?.message, 'abc\r\n')
  })
})
