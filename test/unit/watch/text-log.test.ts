import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { reply } from '../../../src/reply.ts'
import type { Settled } from '../../../src/watch/log.ts'
import { eventLine, recipientLine, syslogHead } from '../../../src/watch/text-log.ts'

const delivered: Settled = {
  id: 'g1',
  queueId: '4XyZ',
  from: 'ann@sender.example',
  to: 'alice@example.org',
  originalTo: undefined,
  relay: 'unix:/run/dovecot/lmtp',
  delays: { receive: 100.2, decide: 0.4, wait: 0, deliver: 19.7 },
  stage: 'end of data',
  reply: reply(250, '2.0.0', '<alice@example.org> abc Saved'),
  action: 'deliver',
  because: { step: 'default', words: 'nothing decided' },
  place: 'built in',
  cause: undefined,
  inDoubt: false,
}

/** pflogsumm and its kin read these fields in this order, side by side. */
const postfix =
  /^(\w+): .*\bto=<([^>]*)>, (?:orig_to=<[^>]*>, )?relay=([^,]+), delay=([\d.]+), delays=[\d./]+, dsn=(\d\.\d\.\d), status=(\S+) \((.*)\)$/

describe('a line per recipient', () => {
  it('has the fields of Postfix in its order, and ours before them', () => {
    assert.equal(
      recipientLine(delivered),
      '4XyZ: from=<ann@sender.example>, action=deliver, because="default: nothing decided", policy="built in", ' +
        'stage="end of data", id=g1, to=<alice@example.org>, relay=unix:/run/dovecot/lmtp, ' +
        'delay=0.12, delays=0.1/0/0/0.02, dsn=2.0.0, status=sent (250 2.0.0 <alice@example.org> abc Saved)',
    )
    assert.match(recipientLine(delivered), postfix)
  })

  it('says what a refusal came from, and who was asked', () => {
    const line = recipientLine({
      ...delivered,
      queueId: undefined,
      originalTo: 'sales@example.org',
      relay: undefined,
      stage: 'RCPT',
      reply: reply(552, '5.2.3', 'Message too big for this recipient'),
      action: 'reject',
      because: { step: 'declared size', words: '60MB over 50MB' },
      place: { file: 'rules/default.yaml', line: 2, column: 14 },
    })
    const found = postfix.exec(line)
    assert.deepEqual(found?.slice(1, 4), ['g1', 'alice@example.org', 'none'])
    assert.equal(found[6], 'bounced')
    assert.match(line, /orig_to=<sales@example.org>/)
    assert.match(
      line,
      /action=reject, because="declared size: 60MB over 50MB", policy=rules\/default.yaml:2, stage=RCPT/,
    )
  })

  it('says what would have been but for a trial', () => {
    const line = recipientLine({
      ...delivered,
      shadow: {
        action: 'junk',
        because: { step: 'rules', words: 'rule dmarc' },
        place: { file: 'rules/default.yaml', line: 7, column: 5 },
      },
    })
    assert.match(line, /policy="built in", shadow="junk \(rules: rule dmarc, rules\/default.yaml:7\)", stage=/)
    assert.match(line, postfix)
  })

  it('marks what is in doubt', () => {
    const line = recipientLine({
      ...delivered,
      reply: reply(451, '4.4.2', 'No answer'),
      cause: 'connection closed',
      inDoubt: true,
    })
    assert.match(line, /cause="connection closed", in_doubt=yes, .*status=deferred \(451 4.4.2 No answer\)$/)
  })

  it('cannot be forged by what a client, a next hop or the writer of a rule says', () => {
    const line = recipientLine({
      ...delivered,
      queueId: 'x\n4AAA',
      from: 'a>, to=<b@c>, relay=none\r\n',
      to: '"a, status=sent (\\">"@x.example',
      originalTo: '\xff',
      because: { step: 'rules', words: '", to=<a>, relay=none, status=sent (250\n' },
      reply: reply(250, '2.0.0', 'fine\r\n4BBB: to=<x@y>\u2028'),
    })
    assert.match(line, /^[\x20-\x7e]+$/)
    assert.match(line, /^x\\x0a4AAA: /)
    assert.equal(/\bto=<([^>]*)>/.exec(line)?.[1], '"a, status=sent (\\\\"\\x3e"@x.example')
    assert.match(line, /, status=sent \(250 2.0.0 fine\?\?4BBB: to=<x@y>\?\)$/)
  })

  it('is bounded', () => {
    const long = 'x'.repeat(100_000)
    const line = recipientLine({
      ...delivered,
      queueId: long,
      from: long,
      to: long,
      originalTo: long,
      relay: long,
      cause: long,
      because: { step: 'rules', words: long },
      reply: reply(250, '2.0.0', long),
    })
    assert.ok(line.length < 3000, String(line.length))
  })
})

describe('a line per event', () => {
  it('marks warnings and errors as Postfix does', () => {
    assert.equal(eventLine('info', 'start', { version: '0.1.0' }), 'start: version=0.1.0')
    assert.equal(
      eventLine('warning', 'next hop down', { endpoint: 'unix:/x', cause: 'no\nreply', port: undefined }),
      'warning: next hop down: endpoint=unix:/x, cause="no\\x0areply"',
    )
    assert.equal(eventLine('error', 'bug'), 'error: bug')
  })

  it('is headed as syslog heads it', () => {
    let date = new Date(2026, 10, 2, 6, 7, 8, 600)
    let now = 5000
    const head = syslogHead({ now: () => now, after: () => () => undefined, date: () => date }, 'mail.example.org', 12)
    assert.equal(head(), 'Nov  2 06:07:08 mail lmtp-gate[12]: ')
    now = 5399
    assert.equal(head(), 'Nov  2 06:07:08 mail lmtp-gate[12]: ')
    date = new Date(2026, 10, 22, 6, 7, 9)
    now = 5400
    assert.equal(head(), 'Nov 22 06:07:09 mail lmtp-gate[12]: ')
  })
})
