import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseMail, parseRcpt } from '../../../src/accept/envelope-grammar.ts'

const all = { eightBitMime: true, smtputf8: true, dsn: true }
const none = { eightBitMime: false, smtputf8: false, dsn: false }

function mail(argument: string, offers = all): string {
  const sender = parseMail(argument, offers)
  return 'refuse' in sender ? `${sender.refuse.code} ${sender.refuse.enhanced ?? ''}` : sender.path
}

function rcpt(argument: string, offers = all, smtputf8 = false): string {
  const recipient = parseRcpt(argument, offers, smtputf8)
  return 'refuse' in recipient ? `${recipient.refuse.code} ${recipient.refuse.enhanced ?? ''}` : recipient.path
}

describe('paths (WIRE 4)', () => {
  it('stay exactly as they came', () => {
    const paths = [
      'anna@x.example',
      'ANNA+Box@X.example',
      '"a b@c>d"@x.example',
      '"a\\"b\\\\"@x.example',
      '""@x.example',
      'u..v@x.example',
      'u.@x.example',
      '.u@x.example',
      'postmaster',
      'u@xn--mnchen-3ya.example',
      'u@[192.0.2.1]',
      'u@[IPv6:::1]',
      '@a.example,@b.example:u@x.example',
      'a!b%c@x.example',
      'a@b@c',
    ]
    for (const path of paths) assert.equal(rcpt(` TO:<${path}>`), path)
  })

  it('may be null for senders alone', () => {
    assert.equal(mail(' FROM:<>'), '')
    assert.equal(rcpt(' TO:<>'), '501 5.1.3')
  })

  it('cannot smuggle anything', () => {
    for (const bad of ['a b@x', 'a<b@x', 'a\tb@x', 'a\0b@x', '"a@x', 'a"b@x', '"a\nb"@x']) {
      assert.equal(rcpt(` TO:<${bad}>`), '501 5.1.3', bad)
    }
    for (const bad of ['a@x', '<a@x', 'a@x>', '', '<a@x>>', '<a@x>x']) assert.match(rcpt(` TO:${bad}`), /^501/, bad)
    assert.equal(mail(' TO:<a@x>'), '501 5.1.7')
    assert.equal(rcpt(' FROM:<a@x>'), '501 5.1.3')
  })

  it('have octets above 127 only as UTF-8 under SMTPUTF8 (WIRE 13)', () => {
    const utf8 = Buffer.from('jürgen@x').toString('latin1')
    assert.equal(rcpt(` TO:<${utf8}>`), '553 5.6.7')
    assert.equal(rcpt(` TO:<${utf8}>`, all, true), utf8)
    assert.equal(rcpt(' TO:<j\xfcrgen@x>', all, true), '501 5.1.3')
    assert.equal(mail(` FROM:<${utf8}> SMTPUTF8`), utf8)
    assert.equal(mail(` FROM:<${utf8}>`), '553 5.6.7')
  })
})

describe('parameters (WIRE 6, 11, 12)', () => {
  it('are kept as they came, and read', () => {
    const sender = parseMail(' FROM:<a@x> size=123 BODY=8bitmime SMTPUTF8 RET=HDRS ENVID=a+2Bb', all)
    assert.deepEqual(sender, {
      path: 'a@x',
      params: ['size=123', 'BODY=8bitmime', 'SMTPUTF8', 'RET=HDRS', 'ENVID=a+2Bb'],
      size: 123,
      body: '8BITMIME',
      smtputf8: true,
    })
    const recipient = parseRcpt(' TO:<b@x> NOTIFY=NEVER ORCPT=rfc822;b+40y', all, false)
    assert.deepEqual(recipient, { path: 'b@x', params: ['NOTIFY=NEVER', 'ORCPT=rfc822;b+40y'] })
  })

  it('are refused with 555 if they were not offered', () => {
    for (const text of ['BODY=8BITMIME', 'SMTPUTF8', 'RET=FULL', 'ENVID=x']) {
      assert.equal(mail(` FROM:<a@x> ${text}`, none), '555 5.5.4', text)
    }
    for (const text of ['AUTH=<>', 'X=y', 'BODY=BINARYMIME', 'NOTIFY=NEVER']) {
      assert.equal(mail(` FROM:<a@x> ${text}`), '555 5.5.4', text)
    }
    assert.equal(rcpt(' TO:<a@x> NOTIFY=NEVER', none), '555 5.5.4')
    assert.equal(rcpt(' TO:<a@x> IGNOREQUOTA'), '555 5.5.4')
  })

  it('are refused with 501 if they are broken', () => {
    for (const text of ['SIZE', 'SIZE=', 'SIZE=x', 'SIZE=1 SIZE=2', 'SMTPUTF8=1', '=x', '-A=b', 'SIZE=1=2', 'RET']) {
      assert.equal(mail(` FROM:<a@x> ${text}`), '501 5.5.4', text)
    }
    assert.equal(mail(' FROM:<a@x>SIZE=1'), '501 5.5.4')
  })
})
