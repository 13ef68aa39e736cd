/** The notice to the recipient, and the mailbox that takes the place of the disk: nothing that a sender writes gets out of its place. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { addressOf, splitDetail } from '../../../src/address.ts'
import { mailboxPath } from '../../../src/deliver/quarantine/mailbox.ts'
import { noticeOf } from '../../../src/deliver/quarantine/notice.ts'
import type { Noticed } from '../../../src/deliver/quarantine/notice.ts'
import { readable } from '../../../src/deliver/quarantine/readable.ts'
import { nothing } from '../../../src/transaction.ts'
import { all } from '../../support/quarantine.ts'
import { messageOf, recipientOf, senderOf } from '../../support/scripted-server.ts'

function noticed(header: string, more: Partial<Noticed> = {}): Noticed {
  return {
    name: 'gate.example',
    id: 'abcd',
    message: messageOf([`${header}\r\n\r\nbody\r\n`]),
    sender: senderOf('s@x.example'),
    recipient: recipientOf('alice@example.org'),
    reason: { step: 'rules', words: 'rule 2' },
    date: new Date('2026-11-22T06:00:00Z'),
    keep: 30 * 86_400_000,
    ...more,
  }
}

/** The header as lines, and the body decoded. */
async function made(
  what: Noticed,
): Promise<{ readonly header: string[]; readonly body: string; readonly raw: string }> {
  const { sender, message } = await noticeOf(what)
  assert.equal(sender.path, '')
  assert.equal(message.sizeWithout(nothing), message.size)
  const raw = Buffer.concat(await all(message.pieces(nothing))).toString('latin1')
  assert.equal(raw.length, message.size)
  const [header = '', body = ''] = raw.split('\r\n\r\n')
  return { header: header.split('\r\n'), body: Buffer.from(body, 'base64').toString(), raw }
}

describe('the notice', () => {
  it('says who sent what, why it was kept and under which id, in the name of the gate', async () => {
    const { header, body } = await made(noticed('From: Anna <anna@x.example>\r\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?='))
    assert.deepEqual(header, [
      'Date: Sun, 22 Nov 2026 06:00:00 +0000',
      'From: Mail filter <mailer-daemon@gate.example>',
      'To: <alice@example.org>',
      `Subject: Kept back: =?UTF-8?B?${Buffer.from('Grüße').toString('base64')}?=`,
      'Message-ID: <quarantine.abcd@gate.example>',
      'Auto-Submitted: auto-generated',
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: base64',
    ])
    assert.match(
      body,
      /^Sender: {3}<s@x\.example>\r\nFrom: {5}Anna <anna@x\.example>\r\nSubject: {2}Grüße\r\nReason: {3}rules: rule 2\r\nId: {7}abcd\r\n/m,
    )
    assert.match(body, /until 2026-12-22/)
  })

  it('has something to say where the message says nothing', async () => {
    const { header, body } = await made(
      noticed('X: y', { sender: senderOf(''), recipient: recipientOf('"a b"@x'), keep: Number.MAX_SAFE_INTEGER }),
    )
    assert.ok(header.includes('To: undisclosed-recipients:;'))
    assert.ok(header.includes('Subject: Kept back: '))
    assert.match(body, /^Sender: {3}none/m)
  })

  it('asks for SMTPUTF8 where the address needs it, and nowhere else', async () => {
    for (const [path, params] of [
      ['gr\xc3\xbcn@x', ['SMTPUTF8']],
      ['a@x', []],
    ] as const) {
      const { sender } = await noticeOf(noticed('X: y', { recipient: recipientOf(path) }))
      assert.deepEqual([sender.params, sender.smtputf8], [params, params.length > 0])
    }
  })

  it('is one short message of short ASCII lines, whatever the sender writes', async () => {
    const nasty = fc.constantFrom(
      '\r\n ',
      '\r',
      '\n',
      '\0',
      '=?utf-8?q?=0d=0aBcc:_x@y?=',
      '=?utf-8?b?DQouDQo=?=',
      '\x1b[31m',
      'é',
      '\xe2\x80\xae',
      ' ',
      'a'.repeat(300),
      '"',
      '<>',
      '?=',
      '=?',
    )
    const field = fc.array(nasty, { maxLength: 12 }).map(parts => parts.join(''))
    await fc.assert(
      fc.asyncProperty(field, field, field, async (subject, from, path) => {
        const wire = path.replace(/[\0\r\n]/g, '')
        const { header, raw, body } = await made(
          noticed(`Subject: ${subject}\r\nFrom: ${from}`, { sender: senderOf(wire), recipient: recipientOf(wire) }),
        )
        assert.ok(raw.length < 8000, String(raw.length))
        const names = header.filter(line => !line.startsWith(' ')).map(line => line.replace(/:.*/, ''))
        assert.deepEqual(names, [
          'Date',
          'From',
          'To',
          'Subject',
          'Message-ID',
          'Auto-Submitted',
          'MIME-Version',
          'Content-Type',
          'Content-Transfer-Encoding',
        ])
        for (const line of raw.split('\r\n')) assert.match(line, /^[\x20-\x7e]{0,400}$/)
        assert.match(body, /^[^\0-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e]*$/)
        assert.equal(body.split('\r\n').length, 11)
      }),
      { numRuns: 200 },
    )
  })

  it('is not made of a message that cannot be read', async () => {
    const message = { ...messageOf([]), pieces: () => broken() }
    await assert.rejects(noticeOf(noticed('', { message })), /EIO/)
  })
})

async function* broken(): AsyncGenerator<Uint8Array> {
  yield await Promise.reject<Uint8Array>(new Error('EIO'))
}

describe('readable text', () => {
  const samples: readonly (readonly [string, string])[] = [
    [' plain ', 'plain'],
    ['=?iso-8859-1?q?caf=E9_au_lait?=', 'café au lait'],
    ['=?utf-8?b?w6TDtg==?= \t =?UTF-8*de?Q?=C3=BC?= x', 'äöü x'],
    ['=?x-unknown?q?abc?=', '=?x-unknown?q?abc?='],
    ['Gr\xc3\xbc\xc3\x9fe', 'Grüße'],
    ['\xff\x1b]0;x\x07\r\n y', '\ufffd?]0;x? y'],
    ['=?utf-8?q?=1B[2J=E2=80=AEx=C2=9B?=', '?[2J?x?'],
    ['x'.repeat(500), `${'x'.repeat(200)}...`],
  ]
  for (const [field, expected] of samples)
    it(JSON.stringify(field.slice(0, 40)), () => assert.equal(readable(field), expected))
})

describe('the mailbox', () => {
  const pattern = 'quarantine+{local}@example.org'
  const samples: readonly (readonly [string, string, string])[] = [
    [pattern, 'Alice@example.org', 'quarantine+alice@example.org'],
    [pattern, 'alice+lists@example.org', 'quarantine+alice@example.org'],
    [pattern, '"a b"@example.org', '"quarantine+a b"@example.org'],
    [pattern, '"x@evil.example> <y"@example.org', '"quarantine+x@evil.example> <y"@example.org'],
    [pattern, '"q\\"\\\\"@example.org', '"quarantine+q\\"\\\\"@example.org'],
    [pattern, 'gr\xc3\xbcn@example.org', 'quarantine+gr\xc3\xbcn@example.org'],
    [pattern, 'postmaster', 'quarantine+postmaster@example.org'],
    ['q+{domain}/{local}@example.org', '{domain}@x.example', 'q+x.example/{domain}@example.org'],
    ['quarantine@example.org', 'a@b', 'quarantine@example.org'],
  ]
  for (const [written, path, expected] of samples)
    it(`${written} for ${JSON.stringify(path)}`, () => assert.equal(mailboxPath(written, path, '+'), expected))

  it('is always at the domain that the policy names', () => {
    const local = fc.string({ unit: fc.constantFrom(...Array.from('a@"\\<> +.\xff')), minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(local, text => {
        const path = `"${text.replace(/["\\]/g, '\\$&')}"@x.example`
        const made = addressOf(mailboxPath(pattern, path, '+'))
        assert.equal(made.domain, 'example.org')
        assert.equal(splitDetail(made.local, '+').base, 'quarantine')
      }),
    )
  })
})
