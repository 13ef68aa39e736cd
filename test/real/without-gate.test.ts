/** Postfix and Dovecot with nothing in between: what the other tests of this folder take for granted about them. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Dovecot } from './support/dovecot.ts'
import { mailbox } from './support/imap.ts'
import { attempts } from './support/maillog.ts'
import { assertStored, message } from './support/messages.ts'
import { MailClient } from './support/mail-client.ts'
import { skipWithout } from './support/needs.ts'
import { Postfix } from './support/postfix.ts'
import { Site } from './support/site.ts'

describe('Postfix and Dovecot without the gate', { skip: skipWithout('postfix', 'dovecot') }, () => {
  const site = new Site()
  let dovecot: Dovecot
  let postfix: Postfix

  before(async () => {
    dovecot = await Dovecot.start(site, { users: ['ann', 'bob', 'eve'], full: ['full'] })
    postfix = await Postfix.start(site, { nextHop: dovecot.lmtp, aliases: { 'one@example.test': 'bob@example.test' } })
  })
  after(() => site.close())

  it('one message, every recipient with a fate of his own', async () => {
    const sent = message('direct')
    const client = await MailClient.open(postfix.smtp, 'EHLO')
    const to = ['ann', 'full', 'nobody', 'bob', 'one', 'ann+Junk'].map(name => `${name}@example.test`)
    const id = await client.submit({ from: 'x@sender.test', to, message: sent })
    await client.quit()
    const found = await attempts(postfix, id, to.length)
    const statusOf = (name: string): readonly string[] =>
      found.filter(({ to }) => to === `${name}@example.test`).map(({ dsn, status }) => `${dsn} ${status}`)
    assert.deepEqual(statusOf('ann'), ['2.0.0 sent'])
    assert.deepEqual(statusOf('full'), ['5.2.2 bounced'])
    assert.deepEqual(statusOf('nobody'), ['5.1.1 bounced'])
    assert.deepEqual(statusOf('bob'), ['2.0.0 sent', '2.0.0 sent'])
    for (const [user, name] of [
      ['ann', 'INBOX'],
      ['ann', 'Junk'],
      ['bob', 'INBOX'],
    ] as const) {
      const stored = await mailbox(dovecot.imap, user, name)
      assert.equal(stored.length, 1, `${user} ${name}`)
      assertStored(stored[0], sent)
    }
    assert.deepEqual(await mailbox(dovecot.imap, 'full'), [])
    await postfix.drain()
  })

  it('a bare LF smuggles a second message into Dovecot: so the tests of the gate can fail', async () => {
    const client = await MailClient.open(dovecot.socket, 'LHLO')
    await client.envelope('x@sender.test', ['ann@example.test'])
    assert.equal((await client.command('DATA')).code, 354)
    client.send(
      'Subject: first\r\n\r\nbody\n.\r\n' +
        'MAIL FROM:<y@sender.test>\r\nRCPT TO:<eve@example.test>\r\nDATA\r\nSubject: second\r\n\r\nbody\r\n.\r\n',
    )
    const codes = (await client.replies(5)).map(({ code }) => code)
    assert.deepEqual(codes, [250, 250, 250, 354, 250])
    client.close()
    assert.equal((await mailbox(dovecot.imap, 'eve')).length, 1)
  })

  it('Postfix tells a known recipient from an unknown one by asking the next hop', async () => {
    const client = await MailClient.open(postfix.verifying, 'EHLO')
    const [known, unknown] = await client.envelope('x@sender.test', ['ann@example.test', 'nobody@example.test'])
    assert.equal(known?.code, 250)
    assert.equal(unknown?.code, 550)
    await client.quit()
  })
})
