/** Our conversation with rspamd, against a scripted one. */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import fc from 'fast-check'
import { RspamdScanner } from '../../../../src/assess/scan/rspamd.ts'
import { readReply } from '../../../../src/assess/scan/rspamd-reply.ts'
import type { ScanContext } from '../../../../src/assess/scan/scanner.ts'
import { cleanUp } from '../../../support/cleanup.ts'
import type { Peer } from '../../../support/peer.ts'
import { messageOf, recipientOf, senderOf } from '../../../support/scripted-server.ts'
import { turns } from '../../../support/turns.ts'
import { bench, client, contextOf, endless, stalled, text, words } from './support.ts'

const limit = 50 * 1024 * 1024

async function rspamd(count = 1) {
  const made = await bench({ name: 'rspamd' }, count)
  return { ...made, scanner: new RspamdScanner({ ...made.options, limit }) }
}

type Report = Readonly<Record<string, unknown>>
const report = { is_skipped: false, score: 5.5, required_score: 15, action: 'no action', symbols: {}, messages: {} }

function http(status: number, body: string): string {
  return `HTTP/1.1 ${status} Something\r\nContent-Length: ${Buffer.byteLength(body)}\r\nContent-Type: application/json\r\n\r\n${body}`
}

function symbols(named: Readonly<Record<string, readonly string[]>>): Report {
  const entries = Object.entries(named).map(([name, options]) => [name, { name, score: 0, options }])
  return { symbols: Object.fromEntries(entries) as Report }
}

async function request(peer: Peer, size = text.length): Promise<readonly string[]> {
  const head = await peer.until('\r\n\r\n')
  if (size > 0) await peer.octets(size)
  return head.split('\r\n').filter(line => line !== '')
}

async function answered(answer: string, more: Partial<ScanContext> = {}): Promise<string> {
  const { scanner, server } = await rspamd()
  const scan = scanner.scan(contextOf(text, more))
  const peer = await server.connection()
  server.listener.refuse()
  await request(peer)
  peer.send(answer)
  return words(await scan)
}

function read(more: Report, envelope: Partial<Pick<ScanContext, 'sender' | 'client'>> = {}) {
  const body = Buffer.from(JSON.stringify({ ...report, ...more }))
  return readReply(body, { sender: senderOf('s@Sender.example'), client, ...envelope })
}

function value(...args: Parameters<typeof read>) {
  const attempt = read(...args)
  assert.ok(attempt.kind === 'known', JSON.stringify(attempt))
  return attempt.value
}

describe('rspamd', () => {
  afterEach(cleanUp)

  it('is told the whole envelope, and asked for all its filters', async () => {
    const { scanner, server } = await rspamd()
    const scan = scanner.scan(contextOf(text, { profile: 'strict' }))
    const peer = await server.connection()
    const [first, ...lines] = await request(peer)
    assert.equal(first, 'POST /checkv2 HTTP/1.1')
    const told = lines.filter(line => !/^(?:Host|Connection):/i.test(line)).sort()
    assert.deepEqual(told, [
      `Content-Length: ${text.length}`,
      'From: <s@sender.example>',
      'Helo: helo.sender.example',
      'Hostname: mx.sender.example',
      'Ip: 192.0.2.1',
      'Pass: all',
      'Queue-Id: ABC123',
      'Rcpt: <a@example.org>',
      'Rcpt: <b@example.org>',
      'Settings-Id: strict',
    ])
    peer.send(http(200, JSON.stringify({ ...report, ...symbols({ MISSING_DATE: [] }) })))
    assert.equal(words(await scan), 'known {"score":5.5,"symbols":["MISSING_DATE"],"auth":[]}')
    await peer.end()
  })

  it('what the client did not tell is not told, and nothing makes a header line of its own', async () => {
    const { scanner, server } = await rspamd()
    const recipients = [recipientOf('a\r\nFrom: <x@y>'), recipientOf('b@example.org')]
    void scanner.scan(contextOf(text, { client: undefined, sender: senderOf(''), recipients, profile: 'a\r\nb' }))
    const lines = await request(await server.connection())
    const told = lines
      .slice(1)
      .filter(line => !/^(?:Host|Connection|Content-Length|Pass):/i.test(line))
      .sort()
    assert.deepEqual(told, ['From: <>', 'Queue-Id: T1', 'Rcpt: <b@example.org>'])
  })

  const good = JSON.stringify(report)
  const cases: readonly (readonly [what: string, answer: string, words: RegExp])[] = [
    ['500', http(500, good), /^down rspamd: answered 500$/],
    ['503', http(503, ''), /^down rspamd: answered 503$/],
    ['404', http(404, good), /^down rspamd: answered 404$/],
    ['413', http(413, ''), /^unscannable rspamd: larger than it takes$/],
    ['no JSON', http(200, '<html>'), /^down rspamd: answer is nonsense$/],
    ['empty', http(200, ''), /^down rspamd: answer is nonsense$/],
    ['a list', http(200, '[]'), /^down rspamd: answer is nonsense$/],
    ['no score', http(200, '{"action":"no action","symbols":{}}'), /^down rspamd: answer is nonsense$/],
    ['a score in words', http(200, '{"score":"5","action":"no action","symbols":{}}'), /nonsense$/],
    ['a score beyond numbers', http(200, '{"score":1e999,"action":"no action","symbols":{}}'), /nonsense$/],
    ['no HTTP', 'stream: OK\0', /^down rspamd: /],
    ['cut off in JSON', http(200, good.slice(0, 30)), /nonsense$/],
    ['endless', `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(1_200_000)}`, /^down rspamd: answer too long$/],
    ['whole', http(200, good), /^known /],
    ['skipped', http(200, JSON.stringify({ ...report, is_skipped: true })), /^unscannable rspamd: skipped it$/],
  ]
  for (const [what, answer, expected] of cases)
    it(`an answer that is ${what}`, async () => assert.match(await answered(answer), expected))

  it('an answer that breaks off is not clean', async () => {
    for (const end of ['close', 'reset'] as const) {
      const { scanner, server } = await rspamd()
      const scan = scanner.scan(contextOf())
      const peer = await server.connection()
      await request(peer)
      peer.send(http(200, good).slice(0, -1))
      await turns()
      peer[end]()
      assert.match(words(await scan), /^down rspamd: answer cut short$/)
    }
  })

  it('silent: unknown at the deadline, and let go', async () => {
    const { scanner, server, clock } = await rspamd()
    const scan = scanner.scan(contextOf())
    const peer = await server.connection()
    await request(peer)
    await clock.pass(60_000)
    assert.equal(words(await scan), 'down rspamd: no answer for 60 s')
    await peer.end()
  })

  it('nobody listens; closed at once', async () => {
    const { scanner, server } = await rspamd()
    const scan = scanner.scan(contextOf())
    const peer = await server.connection()
    server.listener.refuse()
    peer.close()
    assert.match(words(await scan), /^down rspamd: /)
    assert.equal(words(await scanner.scan(contextOf())), 'down rspamd: connection refused')
  })

  it('hung up on without a word: alive, and hanging up on the size alone too, it is the size', async () => {
    const { scanner, server } = await rspamd()
    const scan = scanner.scan(contextOf())
    const peer = await server.connection()
    await request(peer)
    peer.close()
    const ping = await server.connection()
    assert.equal((await request(ping, 0))[0], 'GET /ping HTTP/1.1')
    ping.send(http(200, 'pong\r\n'))
    const head = await server.connection()
    assert.ok((await request(head, 0)).includes(`Content-Length: ${text.length}`))
    head.close()
    assert.equal(words(await scan), 'unscannable rspamd: larger than it takes')
  })

  it('hung up on without a word: waiting for the rest of such a size, it was something else', async () => {
    const { scanner, server, clock } = await rspamd()
    const scan = scanner.scan(contextOf())
    const peer = await server.connection()
    await request(peer)
    peer.close()
    const ping = await server.connection()
    await request(ping, 0)
    ping.send(http(200, 'pong\r\n'))
    await request(await server.connection(), 0)
    await clock.pass(1_000)
    assert.match(words(await scan), /^down rspamd: /)
  })

  it('over our own limit it is not asked', async () => {
    const { scanner, server } = await rspamd()
    const message = messageOf([], { size: limit + 1 })
    assert.equal(words(await scanner.scan(contextOf(message))), 'unscannable rspamd: larger than 50MB')
    assert.equal(server.count, 0)
  })

  it('one that does not read gets no more than the sockets hold', async () => {
    const { scanner, server } = await rspamd()
    const { message, given } = endless(Buffer.alloc(65_536, 'x'), 700)
    const gone = new AbortController()
    const scan = scanner.scan(contextOf(message, { signal: gone.signal }))
    const peer = await server.connection()
    peer.stopReading()
    const held = (await stalled(given)) * 65_536
    assert.ok(held < 20 * 1024 * 1024, `${held} octets of ${message.size}`)
    gone.abort()
    assert.equal(words(await scan), 'down cancelled')
    peer.readOn()
    await peer.end()
  })

  it('half a message is not scanned', async () => {
    const { scanner, server, told } = await rspamd()
    const scan = scanner.scan(contextOf(messageOf(['Subject: x\r\n'], { size: 1000 })))
    assert.equal(words(await scan), 'down the message can no longer be read')
    assert.ok(server.count <= 1)
    assert.deepEqual(told(), [])
  })
})

describe('what rspamd says', () => {
  it('its own actions are symbols among others, never an order', () => {
    assert.deepEqual(value({ action: 'soft reject', ...symbols({ X: [] }) }).symbols, ['X', 'ACTION_SOFT_REJECT'])
    assert.deepEqual(value({ action: 'greylist' }).symbols, ['ACTION_GREYLIST'])
    assert.deepEqual(value({ action: 'reject', score: 3 }), { score: 3, symbols: ['ACTION_REJECT'], auth: [] })
    assert.deepEqual(value({ action: 'no action' }).symbols, [])
  })

  it('GTUBE scores as with SpamAssassin', () => {
    const gtube = { is_skipped: true, score: 15, action: 'reject', ...symbols({ GTUBE: [] }) }
    assert.deepEqual(value(gtube), { score: 1000, symbols: ['GTUBE', 'ACTION_REJECT'], auth: [] })
  })

  it('a scan that ran out of rspamd’s own time is no scan', () => {
    const attempt = read({ action: 'soft reject', messages: { smtp_message: 'timeout processing message' } })
    assert.equal(attempt.kind, 'failed')
  })

  it('SPF speaks of the sender’s domain, for a null sender of HELO', () => {
    const spf = (name: string, sender?: string) =>
      value(symbols({ [name]: ['+ip4:192.0.2.1'] }), sender === undefined ? {} : { sender: senderOf(sender) }).auth
    assert.deepEqual(spf('R_SPF_ALLOW'), [{ method: 'spf', result: 'pass', domain: 'sender.example' }])
    assert.deepEqual(spf('R_SPF_SOFTFAIL'), [{ method: 'spf', result: 'softfail', domain: 'sender.example' }])
    assert.deepEqual(spf('R_SPF_ALLOW', ''), [{ method: 'spf', result: 'pass', domain: 'helo.sender.example' }])
    const unknown = value(symbols({ R_SPF_ALLOW: [] }), { sender: senderOf(''), client: undefined })
    assert.deepEqual(unknown.auth, [], 'a pass of nobody proves nothing')
  })

  it('DKIM names a domain for each signature', () => {
    const { auth } = value(
      symbols({ R_DKIM_ALLOW: ['Example.org:s=a', 'list.example:s=b'], R_DKIM_REJECT: ['x.example:s=c'] }),
    )
    assert.deepEqual(auth, [
      { method: 'dkim', result: 'pass', domain: 'example.org' },
      { method: 'dkim', result: 'pass', domain: 'list.example' },
      { method: 'dkim', result: 'fail', domain: 'x.example' },
    ])
    assert.deepEqual(value(symbols({ R_DKIM_NA: [] })).auth, [{ method: 'dkim', result: 'none', domain: '' }])
    assert.deepEqual(value(symbols({ R_DKIM_ALLOW: [] })).auth, [])
  })

  it('DMARC names the domain of the policy, before any reasons', () => {
    const cases = [
      ['DMARC_POLICY_ALLOW', ['example.org', 'none'], 'pass', 'example.org'],
      ['DMARC_POLICY_REJECT', ['example.org : No valid SPF, No valid DKIM', 'reject'], 'fail', 'example.org'],
      ['DMARC_POLICY_QUARANTINE', ['example.org : SPF not aligned (relaxed)', 'quarantine'], 'fail', 'example.org'],
      ['DMARC_POLICY_SOFTFAIL', ['example.org : No valid SPF', 'none'], 'fail', 'example.org'],
      ['DMARC_DNSFAIL', ['example.org : SPF/DKIM temp error', 'none'], 'temperror', 'example.org'],
      ['DMARC_NA', ['No From header'], 'none', ''],
    ] as const
    for (const [name, options, result, domain] of cases)
      assert.deepEqual(value(symbols({ [name]: options })).auth, [{ method: 'dmarc', result, domain }], name)
  })

  it('names are printable and bounded, whatever comes', () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`S${i}`, []]))
    assert.equal(value(symbols(many)).symbols.length, 1000)
    assert.deepEqual(value(symbols({ ['A\r\nB'.padEnd(300, 'x')]: [] })).symbols[0]?.length, 100)
  })

  it('any JSON: a report or not, never a throw, and nothing unprintable', () => {
    const whole = fc.record(
      {
        score: fc.oneof(fc.double(), fc.jsonValue()),
        action: fc.oneof(fc.string(), fc.jsonValue()),
        symbols: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue()),
        is_skipped: fc.jsonValue(),
        messages: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.oneof(whole, fc.jsonValue()), json => {
        const attempt = readReply(Buffer.from(JSON.stringify(json)), { sender: senderOf(''), client: undefined })
        if (attempt.kind !== 'known') return
        assert.ok(Number.isFinite(attempt.value.score))
        for (const name of attempt.value.symbols) assert.match(name, /^[\x20-\x7e]*$/)
      }),
    )
  })
})
