/** The date of the topmost Received field. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { mailDate } from '../../../src/assess/mail-date.ts'
import { receivedDate } from '../../../src/assess/received.ts'
import { messageOf } from '../../support/scripted-server.ts'

async function received(...pieces: readonly string[]): Promise<string | undefined> {
  const fact = await receivedDate(messageOf(pieces))
  assert.ok(fact.state !== 'pending')
  if (fact.state === 'unknown') return `${fact.why.kind} ${fact.why.words}`
  return fact.value === undefined ? undefined : new Date(fact.value).toISOString()
}

const postfix =
  'Received: from mx.sender.example (mx.sender.example [192.0.2.1])\r\n' +
  '\tby mx.example.org (Postfix) with ESMTPS id 4Abc\r\n' +
  '\tfor <a@example.org>; Sun, 22 Nov 2026 07:00:01 +0100 (CET)\r\n'
const older = 'Received: from x by y; Sat, 21 Nov 2026 00:00:00 +0000\r\n'

describe('topmost Received', () => {
  it('is the first one, with or without other fields above it', async () => {
    assert.equal(await received(`${postfix}${older}\r\nbody`), '2026-11-22T06:00:01.000Z')
    assert.equal(await received(`X-Y: Received: z\r\n${postfix}${older}\r\n`), '2026-11-22T06:00:01.000Z')
    assert.equal(await received(older.replace('Received:', 'rEcEiVeD :')), '2026-11-21T00:00:00.000Z')
  })

  it('wherever the pieces end', async () => {
    const whole = `X-Y: z\r\n${postfix}${older}\r\nbody`
    for (let at = 0; at <= whole.length; at += 1)
      assert.equal(await received(whole.slice(0, at), whole.slice(at)), '2026-11-22T06:00:01.000Z')
    assert.equal(await received(...whole.split('')), '2026-11-22T06:00:01.000Z')
  })

  it('none, in the body only, or without a date: known to be nothing', async () => {
    assert.equal(await received('Subject: x\r\n\r\n', older), undefined)
    assert.equal(await received('\r\n', older), undefined)
    assert.equal(await received(), undefined)
    assert.equal(await received('X-Received: x; Sat, 21 Nov 2026 00:00:00 +0000\r\n\r\n'), undefined)
    assert.equal(await received(`Received: from x by y\r\n${older}\r\n`), undefined)
    assert.equal(await received('Received: from x (a comment; Sat, 21 Nov 2026 00:00:00 +0000\r\n\r\n'), undefined)
  })

  it('semicolons in comments are no semicolons', async () => {
    const field = 'Received: from x (a; (b;) "c) by y; Sat, 21 Nov 2026 00:00:00 (at; night) -0000 (x;y)\r\n\r\n'
    assert.equal(await received(field), '2026-11-21T00:00:00.000Z')
  })

  it('is found at the top of a header of any length, but not looked for without end', async () => {
    const long = 'X: y\r\n'.repeat(60_000)
    assert.equal(await received(postfix, long), '2026-11-22T06:00:01.000Z')
    assert.equal(await received(long, postfix), 'unscannable header too long')
  })
})

describe('date of a header field', () => {
  const dates: readonly (readonly [text: string, iso: string])[] = [
    ['Sun, 22 Nov 2026 07:00:01 +0100', '2026-11-22T06:00:01.000Z'],
    ['22 Nov 2026 07:00:01 -0530', '2026-11-22T12:30:01.000Z'],
    [' \t1 jan 2026  00:00 GMT ', '2026-01-01T00:00:00.000Z'],
    ['Sun,22 Nov 26 07:00:01 EST', '2026-11-22T12:00:01.000Z'],
    ['22 Nov 98 07 : 00 : 01 PDT', '1998-11-22T14:00:01.000Z'],
    ['22 Nov 126 07:00:01 Z', '2026-11-22T07:00:01.000Z'],
    ['31 Dec 2026 23:59:60 +0000', '2027-01-01T00:00:00.000Z'],
    ['29 Feb 2028 00:00:00 +0000', '2028-02-29T00:00:00.000Z'],
    ['22 Nov 2026 07:00:01', '2026-11-22T07:00:01.000Z'],
  ]
  for (const [text, iso] of dates)
    it(text, () => {
      const date = mailDate(text)
      assert.equal(date === undefined ? undefined : new Date(date).toISOString(), iso)
    })

  for (const text of [
    '',
    'yesterday',
    '29 Feb 2026 00:00:00 +0000',
    '31 Apr 2026 00:00:00 +0000',
    '0 Jan 2026 00:00:00 +0000',
    '1 Foo 2026 00:00:00 +0000',
    '1 Jan 2026 24:00:00 +0000',
    '1 Jan 2026 00:60:00 +0000',
    '1 Jan 2026 00:00:61 +0000',
    '1 Jan 2026 00:00:00 +0060',
    '1 Jan 2026 00:00:00 +0000 more',
    '2026-01-01T00:00:00Z',
    `1 Jan 2026 ${' '.repeat(1000)}00:00:00 +0000`,
  ])
    it(`none: ${text.slice(0, 40)}`, () => assert.equal(mailDate(text), undefined))

  it('what Date writes is read back', () => {
    const dates = fc.date({ min: new Date('0100-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    fc.assert(
      fc.property(dates, date => {
        assert.equal(mailDate(date.toUTCString()), Math.floor(date.getTime() / 1000) * 1000)
      }),
    )
  })
})
