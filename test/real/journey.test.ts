/** Postfix → gate → Dovecot: all kinds of mail arrive as they were sent. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Dovecot } from './support/dovecot.ts'
import { assertExplained } from './support/explained.ts'
import { Gate } from './support/gate.ts'
import { mailbox } from './support/imap.ts'
import { MailClient } from './support/mail-client.ts'
import { attempts } from './support/maillog.ts'
import { assertStored, message } from './support/messages.ts'
import { skipWithout } from './support/needs.ts'
import { Postfix } from './support/postfix.ts'
import { Site } from './support/site.ts'
import { until } from './support/until.ts'
import type { Sent } from './support/whereabouts.ts'

const many = Array.from({ length: 50 }, (_, i) => `m${i}`)

describe('from Postfix through the gate to Dovecot', { skip: skipWithout('postfix', 'dovecot') }, () => {
  const site = new Site()
  let dovecot: Dovecot
  let gate: Gate
  let postfix: Postfix
  const letters: Sent[] = []
  const submit = async (from: string, names: readonly string[], sent: Buffer): Promise<string> => {
    const queueId = await postfix.submit(from, names, sent)
    letters.push({ from, names, message: sent, queueId })
    return queueId
  }

  before(async () => {
    dovecot = await Dovecot.start(site, { users: ['ann', 'fay', 'big', ...many] })
    gate = await Gate.start(site, { nextHop: dovecot.socket })
    postfix = await Postfix.start(site, { nextHop: gate.socket })
  })
  after(() => site.close())

  it('offers what both ends can honour, and nothing else', async () => {
    const client = await MailClient.open(gate.lmtp, 'LHLO')
    const verbs = client.offered.map(line => line.split(' ')[0])
    for (const verb of ['PIPELINING', 'ENHANCEDSTATUSCODES', 'SIZE', 'CHUNKING', '8BITMIME', 'XFORWARD'])
      assert.ok(verbs.includes(verb), `${verb} is missing in ${verbs.join(' ')}`)
    for (const verb of ['SMTPUTF8', 'DSN', 'BINARYMIME', 'AUTH', 'STARTTLS'])
      assert.ok(!verbs.includes(verb), `${verb}, but Dovecot lacks it`)
    await client.quit()
  })

  it('fifty recipients in one transaction', async () => {
    const sent = message('fifty')
    const id = await submit('x@sender.test', many, sent)
    const found = await attempts(postfix, id, many.length)
    assert.deepEqual(new Set(found.map(({ status }) => status)), new Set(['sent']))
    assert.equal(new Set(found.map(({ line }) => /lmtp\[\d+\]/.exec(line)?.[0])).size, 1)
    for (const user of many) {
      const stored = await mailbox(dovecot.imap, user)
      assert.equal(stored.length, 1, user)
      assertStored(stored[0], sent)
    }
  })

  it('a null sender stays one', async () => {
    const before = (await mailbox(dovecot.imap, 'ann')).length
    const sent = message('bounce', 'Sorry.\r\n', 'MAILER-DAEMON@sender.test')
    const [attempt] = await attempts(postfix, await submit('', ['ann'], sent), 1)
    assert.equal(attempt?.status, 'sent')
    const stored = (await mailbox(dovecot.imap, 'ann'))[before]
    assertStored(stored, sent)
    assert.match(stored!.toString('latin1'), /^Return-Path: <>\r\n/)
  })

  it('eight-bit octets and dots arrive as they were sent', async () => {
    const before = (await mailbox(dovecot.imap, 'fay')).length
    const octets = String.fromCharCode(...Array.from({ length: 128 }, (_, i) => i + 128))
    const sent = message('octets', `${octets}\r\n.\r\n..\r\n.leading\r\n\r\n${'long '.repeat(150)}\r\n.\r\n`)
    const [attempt] = await attempts(postfix, await submit('x@sender.test', ['fay'], sent), 1)
    assert.equal(attempt?.status, 'sent')
    assertStored((await mailbox(dovecot.imap, 'fay'))[before], sent)
  })

  it('an address beyond ASCII is returned to its sender, since Dovecot does not know SMTPUTF8', async () => {
    const client = await MailClient.open(postfix.smtp, 'EHLO')
    const [answer] = await client.envelope('x@sender.test', ['j\xc3\xb6rg@example.test'], ' SMTPUTF8')
    assert.equal(answer?.code, 250)
    const [queued] = await client.data(message('utf8'), 1)
    const id = /queued as (\w+)/.exec(queued!.text)?.[1] ?? ''
    await client.quit()
    const [attempt] = await attempts(postfix, id, 1)
    assert.equal(`${attempt?.dsn} ${attempt?.status}`, '5.6.7 bounced')
    assert.match(attempt!.said, /SMTPUTF8/)
  })

  it('thirty megabytes', async () => {
    const sent = message('large', `${'0123456789'.repeat(7)}\r\n`.repeat(436_907))
    assert.ok(sent.length > 30 * 1024 * 1024)
    const [attempt] = await attempts(postfix, await submit('x@sender.test', ['big'], sent), 1)
    assert.equal(attempt?.status, 'sent')
    assertStored((await mailbox(dovecot.imap, 'big'))[0], sent)
    assert.deepEqual(gate.spooled(), [])
  })

  it('several messages over one connection that Postfix keeps', async () => {
    const before = (await mailbox(dovecot.imap, 'ann')).length
    const lines: string[] = []
    for (let i = 0; i < 6; i++) {
      const id = await postfix.submit('x@sender.test', ['ann', 'nobody'], message(`kept${i}`))
      for (const { to, status, line } of await attempts(postfix, id, 2)) {
        assert.equal(status, to === 'ann@example.test' ? 'sent' : 'bounced')
        lines.push(line)
      }
    }
    assert.ok(lines.filter(line => line.includes('conn_use=')).length >= 8, `Postfix kept none:\n${lines.join('\n')}`)
    assert.equal((await mailbox(dovecot.imap, 'ann')).length, before + 6)
  })

  it("the log names Postfix's queue id", async () => {
    const id = await postfix.submit('x@sender.test', ['ann'], message('log'))
    await attempts(postfix, id, 1)
    const line = new RegExp(`${id}: from=<x@sender\\.test>.* to=<ann@example\\.test>.* status=sent`)
    await until('a line in the log', () => line.test(gate.log()))
  })

  it('Postfix tells known recipients from unknown ones through the gate, with no message', async () => {
    const before = (await mailbox(dovecot.imap, 'ann')).length
    const client = await MailClient.open(postfix.verifying, 'EHLO')
    const answers = await client.envelope('x@sender.test', ['ann@example.test', 'nobody@example.test'])
    assert.deepEqual(
      answers.map(({ code }) => code),
      [250, 550],
    )
    assert.match(answers[1]!.text, /5\.1\.1/)
    await client.quit()
    assert.equal((await mailbox(dovecot.imap, 'ann')).length, before)
  })

  it('explain says of it what the gate did', () => assertExplained(site, { gate, sent: letters }))
})
