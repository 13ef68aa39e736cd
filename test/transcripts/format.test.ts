/** The format itself: what is read how, and that what does not fit is found. */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { cleanUp } from '../support/cleanup.ts'
import { escaped, unescaped } from '../support/escapes.ts'
import { dovecotOffers } from '../support/next-hop.ts'
import { difference, fits } from '../support/pattern.ts'
import { play } from '../support/play.ts'
import { readTranscript } from '../support/transcript.ts'

afterEach(cleanUp)

const read = (...lines: readonly string[]) => readTranscript(lines.join('\n'), dovecotOffers)

describe('a transcript', () => {
  it('is read line by line, blocks with what they belong to', () => {
    const { rules, settings, offers, scanners, steps } = read(
      '# comment',
      'rules/default.yaml:',
      '  | size: { max: 1MB }',
      '  |',
      'setting limits.message: 1MB',
      'next hop offers CHUNKING',
      'scanner clamd',
      'client 2 sends in one packet',
      '  | a\\',
      '  |  b\\\\',
      'next hop <- x …',
      'clock +2 min',
      'clamd <- message',
      '  | a',
      'rspamd <- message for strict',
      'rspamd -> 7 A',
      'clamd closes',
      'quarantine has',
      '  | b',
    )
    assert.deepEqual([...rules], [['default.yaml', 'size: { max: 1MB }\n\n']])
    assert.deepEqual([...settings], [['limits.message', '1MB']])
    assert.deepEqual(offers, ['CHUNKING'])
    assert.deepEqual(scanners, ['clamd'])
    assert.deepEqual(steps, [
      { kind: 'send', who: { side: 'client', number: 2 }, octets: 'a b\\\r\n', at: 8 },
      { kind: 'take', who: { side: 'next hop', number: undefined }, line: 'x …', at: 11 },
      { kind: 'clock', ms: 120_000, at: 12 },
      { kind: 'take scan', scanner: 'clamd', profile: undefined, lines: ['a'], at: 13 },
      { kind: 'take scan', scanner: 'rspamd', profile: 'strict', lines: [], at: 15 },
      { kind: 'answer scan', scanner: 'rspamd', words: '7 A', at: 16 },
      { kind: 'deed', who: { side: 'clamd', number: undefined }, deed: 'closes', at: 17 },
      { kind: 'quarantine', lines: ['b'], at: 18 },
    ])
  })

  it('with a line that means nothing is an error with its number', () => {
    assert.throws(() => read('# fine', 'client frobnicates'), /line 2: what is "frobnicates"/)
    assert.throws(() => read('client -> \\q'), /line 1: \\q is no escape/)
  })

  const untilData = [
    'scanner rspamd',
    'client greets',
    'client sends in one packet',
    '| MAIL FROM:<a@x>',
    '| RCPT TO:<b@x>',
    'next hop <- MAIL…',
    'next hop <- RCPT…',
    'next hop -> 250 ok',
    'next hop -> 250 ok',
    'client <- …',
    'client <- …',
    'client -> DATA',
    'client <- 354 …',
  ]
  const failing: readonly { name: string; lines: readonly string[]; says: RegExp }[] = [
    {
      name: 'another reply',
      lines: ['client greets', 'client -> NOOP', 'client <- 550 …'],
      says: /t:3: [^]*got: 250 2\.0\.0/,
    },
    {
      name: 'a reply too many',
      lines: ['client greets', 'client -> NOOP'],
      says: /client got more than expected: 250/,
    },
    {
      name: 'a scan too many',
      lines: [...untilData, 'client -> .', 'nothing happens'],
      says: /t:15: rspamd got more than expected: 1 scans/,
    },
    {
      name: 'another message to scan',
      lines: [...untilData, 'client sends in one packet', '| body', '| .', 'rspamd <- message', '| Body'],
      says: /t:17: [^]*- Body\n {2}\+ body/,
    },
    {
      name: 'a scanner that is not there',
      lines: ['client greets', 'clamd -> stream: OK'],
      says: /t:2: there is no clamd: write "scanner clamd" at the top/,
    },
    {
      name: 'a quarantine that holds something else',
      lines: ['quarantine has', '| alice@example.org virus: x'],
      says: /t:1: [^]*- alice@example\.org virus: x/,
    },
    {
      name: 'a command too many',
      lines: [
        'client greets',
        'client -> MAIL FROM:<a@x>',
        'client <- …',
        'client -> RCPT TO:<b@x>',
        'next hop <- MAIL…',
        'nothing happens',
      ],
      says: /t:6: next hop got more than expected: RCPT TO/,
    },
  ]
  for (const { name, lines, says } of failing)
    it(`fails with ${name}`, async () => {
      await assert.rejects(play(read(...lines), 't'), says)
    })
})

describe('a pattern', () => {
  it('is exact but for …', () => {
    assert.ok(fits('250 2.0.0 …', '250 2.0.0 '))
    assert.ok(fits('a…b.c\\r…', 'a\nXb.c\r'))
    assert.ok(!fits('a.c', 'abc'))
    assert.ok(!fits('250 ok', '250 ok '))
  })

  it('for a message knows lines left out and folded lines', () => {
    assert.equal(
      difference(['Received: …', 'Subject: x', '…'], ['Received: a', '\tb', ' c', 'Subject: x', '', 'y']),
      undefined,
    )
    assert.equal(difference(['Received: a', '\\tb'], ['Received: a', '\tb']), undefined)
    assert.match(difference(['a', 'b'], ['a', 'c', 'd']) ?? '', /- b\n {2}\+ c\n {2}\+ d/)
  })
})

describe('escapes', () => {
  it('go both ways for every octet', () => {
    const all = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join('')
    assert.equal(unescaped(escaped(all)), all)
    assert.match(escaped(all), /^[ -~]*$/)
  })
})
