/** Authentication-Results fields: what trusted hosts say, and nothing that is not well formed. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { readAuthResults } from '../../../src/assess/auth-results-field.ts'
import { authResults } from '../../../src/assess/auth-results.ts'
import type { AuthResult } from '../../../src/decide/facts.ts'
import { messageOf } from '../../support/scripted-server.ts'

function result(method: AuthResult['method'], name: string, domain: string): AuthResult {
  return { method, result: name, domain }
}

const all = [
  result('spf', 'pass', 'sender.example'),
  result('dkim', 'pass', 'sender.example'),
  result('dmarc', 'fail', 'from.example'),
]

describe('a field', () => {
  const good: readonly (readonly [what: string, body: string, results: readonly AuthResult[]])[] = [
    [
      'of RFC 8601',
      ' mx.example.org 1; spf=pass smtp.mailfrom=s@sender.example; dkim=pass header.d=sender.example; dmarc=fail header.from=from.example',
      all,
    ],
    [
      'in any case, with comments everywhere',
      '(a)mx.example.org(b(c)) ; (d) SPF (e) = (f) Pass(g)SMTP.MailFrom (h) = Sender.EXAMPLE',
      [all[0]!],
    ],
    ['with nothing in it', ' mx.example.org; none', []],
    ['with a semicolon at its end', ' mx.example.org; spf=pass smtp.mailfrom=sender.example;', [all[0]!]],
    [
      'with method versions and reasons',
      ' mx.example.org; dkim/1=fail reason="bad; dkim=pass header.d=forged.example" header.d=x.example',
      [result('dkim', 'fail', 'x.example')],
    ],
    [
      'with quoted values',
      ' mx.example.org; spf=pass smtp.mailfrom="a;b=c"@sender.example; dkim=pass header.d="sender.example"',
      all.slice(0, 2),
    ],
    [
      'with = in an address, as lists have it',
      ' mx.example.org; spf=pass smtp.mailfrom=bounce+a=b.example@sender.example header.b=Ab/c==',
      [all[0]!],
    ],
    ['with header.i alone', ' mx.google.com; dkim=pass header.i=@sender.example header.s=s header.b="a+/="', [all[1]!]],
    [
      'with other methods',
      ' mx.example.org; arc=none; iprev=pass policy.iprev=192.0.2.1; x-tls.subject="/CN=x"; auth=pass smtp.auth=a',
      [],
    ],
    [
      'with several of one method',
      ' mx; dkim=fail header.d=a.example; dkim=pass header.d=b.example',
      [result('dkim', 'fail', 'a.example'), result('dkim', 'pass', 'b.example')],
    ],
    [
      'without a domain: a pass of nobody is none',
      ' mx; dmarc=pass; dkim=none; spf=pass smtp.mailfrom=',
      [result('dkim', 'none', '')],
    ],
    ['of HELO alone: that says nothing of the sender', ' mx; spf=pass smtp.helo=sender.example', []],
    [
      'with an address beyond ASCII',
      ' mx; dmarc=pass header.from=B\u00c3\u00bccher.example',
      [result('dmarc', 'pass', 'xn--bcher-kva.example')],
    ],
  ]
  for (const [what, body, results] of good) it(what, () => assert.deepEqual(readAuthResults(body)?.results, results))

  for (const body of [
    '',
    ';',
    ' spf=pass smtp.mailfrom=x.example',
    ' mx more; spf=pass smtp.mailfrom=x.example',
    ' mx; spf',
    ' mx; spf=pass smtp.mailfrom=x.example junk',
    ' mx; spf=pass "smtp.mailfrom=x.example',
    ' mx; (spf=pass smtp.mailfrom=x.example',
    ' mx; spf=pass smtp.mailfrom=x.example \\',
    ' mx; ="x"',
    ` mx${'; spf=none'.repeat(200)}`,
    ` mx; spf=none${' '.repeat(40_000)}`,
  ])
    it(`none at all: ${body.slice(0, 50)}`, () => assert.equal(readAuthResults(body), undefined))

  it('a quoted value never becomes a result of its own, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), value => {
        const quoted = value.replace(/[\\"]/g, '\\$&')
        const read = readAuthResults(` mx; spf=fail reason="${quoted}" smtp.mailfrom=x.example`)
        assert.deepEqual(read?.results, [result('spf', 'fail', 'x.example')])
      }),
    )
  })

  it('any field: results or none, never a throw, in no time worth mentioning', () => {
    const part = fc.oneof(
      fc.constantFrom('mx', '; ', 'dkim', '=', 'pass', ' ', 'header.d', '"', '(', ')', '\\', 'x.example'),
      fc.string(),
    )
    fc.assert(fc.property(fc.array(part), parts => void readAuthResults(parts.join(''))))
    for (const part of ['(', ')', '"', '\\', '=', ';', ' ', 'a', 'a=', '"a"', '; a=b', ' a=b'])
      readAuthResults(` mx; ${part.repeat(32_000 / part.length)}`)
  })
})

describe('Authentication-Results', () => {
  async function read(trusted: readonly string[], ...header: readonly string[]) {
    return authResults(
      messageOf([
        `${header.join('\r\n')}\r\n\r\nAuthentication-Results: mx.example.org; spf=pass smtp.mailfrom=body.example\r\n`,
      ]),
      trusted,
    )
  }
  const field = (host: string, rest: string): string => `Authentication-Results: ${host}; ${rest}`

  it('of trusted hosts alone, all of their fields, folded or not', async () => {
    const fact = await read(
      ['MX.example.org', 'mx2.example.org'],
      field('mx.EXAMPLE.org', 'spf=pass\r\n smtp.mailfrom=s@sender.example'),
      'Subject: x',
      field('evil.example', 'dkim=pass header.d=paypal.example'),
      field('sub.mx.example.org', 'dkim=pass header.d=paypal.example'),
      'authentication-results : mx2.example.org 1;\r\n\tdkim=pass header.d=sender.example;\r\n\tdmarc=fail header.from=from.example',
    )
    assert.deepEqual(fact, { state: 'known', value: all })
  })

  it('one field that is not well formed takes nothing from the others', async () => {
    const fact = await read(
      ['mx'],
      field('mx', 'dkim=pass header.d=a.example junk'),
      field('mx', 'spf=pass smtp.mailfrom=sender.example'),
    )
    assert.deepEqual(fact, { state: 'known', value: [all[0]] })
  })

  it('nobody is trusted: nothing, and the message is not read', async () => {
    const message = messageOf([field('mx', 'spf=pass smtp.mailfrom=x.example')])
    assert.deepEqual(await authResults(message, []), { state: 'known', value: [] })
    assert.equal(message.given(), 0)
  })

  it('a header too long is unknown', async () => {
    const fact = await read(['mx'], 'X: y\r\n'.repeat(60_000) + 'Y: z')
    assert.deepEqual(fact, { state: 'unknown', why: { kind: 'unscannable', words: 'header too long' } })
  })

  it('of very many fields the topmost count', async () => {
    const many = Array.from({ length: 100 }, (_, i) => field('mx', `dkim=pass header.d=d${i}.example`))
    const fact = await read(['mx'], ...many)
    assert.ok(fact.state === 'known')
    assert.deepEqual([fact.value.length, fact.value[0]?.domain], [50, 'd0.example'])
  })
})
