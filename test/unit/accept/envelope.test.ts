/** MAIL, RCPT and XFORWARD as the receiver sees them (FACTS.md, smtp-server #4, #5; WIRE 4, 6, 8, 13, 20). */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { reply } from '../../../src/reply.ts'
import { cleanUp } from '../../support/cleanup.ts'
import { Client } from '../../support/client.ts'
import { startFront } from '../../support/front.ts'
import type { Seen } from '../../support/front.ts'

afterEach(cleanUp)

/** Says the lines, each of which must get `code`, and gives the transactions that the receiver saw. */
async function said(code: number, ...lines: readonly string[]): Promise<Seen[]> {
  const { endpoint, receiver } = await startFront()
  const client = await Client.greet(endpoint)
  for (const line of lines) assert.equal((await client.ask(line)).code, code, line)
  return receiver.seen
}

const paths = [
  'u1@xn--bcher-kva.example',
  '"a b"@example.org',
  '"a@b"@example.org',
  '"a>b"@example.org',
  '"a\\"b\\\\"@example.org',
  'u..v@example.org',
  'u.@example.org',
  '.u@example.org',
  'postmaster',
  '@relay.example,@other.example:u1@example.org',
  'u1@[IPv6:::1]',
  "!#$%&'*+-/=?^_`{|}~@example.org",
  'UPPER.lower@EXAMPLE.org',
]

describe('a path', () => {
  for (const path of paths)
    it(`${path} reaches the receiver octet by octet (#4)`, async () => {
      const [seen] = await said(250, `MAIL FROM:<${path}>`, `RCPT TO:<${path}>`)
      assert.equal(seen?.sender.path, path)
      assert.deepEqual(
        seen.recipients.map(recipient => recipient.path),
        [path],
      )
    })

  it('beyond ASCII is octets too, under SMTPUTF8', async () => {
    const path = '\xc3\xa4@b\xc3\xbccher.example'
    const [seen] = await said(250, `MAIL FROM:<${path}> SMTPUTF8`, `RCPT TO:<${path}>`)
    assert.equal(seen?.sender.path, path)
    assert.equal(seen.sender.smtputf8, true)
    assert.equal(seen.recipients[0]?.path, path)
  })

  for (const line of ['MAIL FROM:<\xc3\xa4@x>', 'MAIL FROM:<\xe4@x> SMTPUTF8', 'MAIL FROM:<a b@x>', 'MAIL FROM:<a@x'])
    it(`${JSON.stringify(line)} is refused and begins nothing`, async () => {
      const { endpoint, receiver } = await startFront()
      const client = await Client.greet(endpoint)
      assert.match((await client.ask(line)).lines[0] ?? '', /^5\d\d 5\.(?:1\.7|5\.4|6\.7) /)
      assert.equal(receiver.seen.length, 0)
    })
})

describe('parameters', () => {
  it('reach the receiver as they came, xtext not decoded, and read (#4)', async () => {
    const mail = ['SIZE=0012', 'body=8bitmime', 'ENVID=a+2Bb', 'RET=FULL']
    const rcpt = ['NOTIFY=SUCCESS,DELAY', 'ORCPT=rfc822;Old+2BOne@example.com']
    const [seen] = await said(250, `MAIL FROM:<a@x> ${mail.join(' ')}`, `RCPT TO:<b@x> ${rcpt.join('  ')}`)
    assert.deepEqual(seen?.sender.params, mail)
    assert.equal(seen.sender.size, 12)
    assert.equal(seen.sender.body, '8BITMIME')
    assert.deepEqual(seen.recipients[0]?.params, rcpt)
  })

  it('that nobody offered are refused with 555 (#4)', async () => {
    await said(555, 'MAIL FROM:<a@x> FANCY=1', 'MAIL FROM:<a@x> AUTH=<>', 'MAIL FROM:<a@x> HOLDFOR=10')
  })

  it('of a refused MAIL do not leak into the next (#5)', async () => {
    const { endpoint, receiver } = await startFront({
      begin: sender => (sender.path === 'no@x' ? reply(550, '5.1.0', 'no') : undefined),
    })
    const client = await Client.greet(endpoint)
    for (const line of ['MAIL FROM:<no@x> BODY=8BITMIME SMTPUTF8 RET=HDRS', 'MAIL FROM:<a@x> BODY=8BITMIME FANCY'])
      assert.ok((await client.ask(line)).code >= 500)
    assert.equal((await client.ask('MAIL FROM:<a@x>')).code, 250)
    assert.deepEqual(receiver.seen[0]?.sender, {
      path: 'a@x',
      params: [],
      size: undefined,
      body: undefined,
      smtputf8: false,
    })
  })
})

describe('XFORWARD', () => {
  it('is told to one transaction and forgotten at its end (#5)', async () => {
    const { endpoint, receiver } = await startFront()
    const client = await Client.greet(endpoint)
    client.say('XFORWARD NAME=mail.example ADDR=IPv6:2001:db8::7 PORT=25 PROTO=ESMTP')
    client.say('XFORWARD HELO=a+20b IDENT=4F2B SOURCE=REMOTE')
    client.say('MAIL FROM:<a@x>', 'RCPT TO:<b@x>', 'DATA')
    await client.replies(4)
    await client.expect(354)
    client.say('.', 'MAIL FROM:<c@x>')
    await client.replies(2)
    assert.deepEqual(receiver.seen[0]?.client, {
      name: 'mail.example',
      address: '2001:db8::7',
      port: '25',
      proto: 'ESMTP',
      helo: 'a b',
      ident: '4F2B',
      source: 'REMOTE',
    })
    assert.equal(receiver.seen[1]?.client, undefined)
  })

  it('takes [UNAVAILABLE] for every attribute, and MAIL is taken after it (#5)', async () => {
    const all = ['NAME', 'ADDR', 'PORT', 'PROTO', 'HELO', 'IDENT', 'SOURCE'].map(name => `${name}=[UNAVAILABLE]`)
    const [seen] = await said(250, `XFORWARD ${all.join(' ')}`, 'MAIL FROM:<a@x>')
    assert.ok(Object.values(seen?.client ?? {}).every(value => value === undefined))
  })

  it('brings no control character in', async () => {
    const [seen] = await said(250, 'XFORWARD NAME=a+0Ab IDENT=a+00 HELO=a+7F', 'MAIL FROM:<a@x>')
    assert.deepEqual([seen?.client?.name, seen?.client?.ident, seen?.client?.helo], ['a?b', 'a?', 'a?'])
  })
})
