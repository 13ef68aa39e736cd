/** SIGTERM: a transaction that runs is finished and answered, and then the gate ends. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Dovecot } from './support/dovecot.ts'
import { Gate } from './support/gate.ts'
import { mailbox } from './support/imap.ts'
import { MailClient } from './support/mail-client.ts'
import { assertStored, message } from './support/messages.ts'
import { skipWithout } from './support/needs.ts'
import { connects, Site } from './support/site.ts'
import { until } from './support/until.ts'

describe('SIGTERM', { skip: skipWithout('dovecot') }, () => {
  const site = new Site()
  let dovecot: Dovecot

  before(async () => {
    dovecot = await Dovecot.start(site, { users: ['ann', 'bob'] })
  })
  after(() => site.close())

  it('a transaction in the middle of its message is finished; nothing new begins', async () => {
    const gate = await Gate.start(site, { nextHop: dovecot.lmtp }, 'first')
    const client = await MailClient.open(gate.lmtp, 'LHLO')
    await MailClient.open(gate.lmtp, 'LHLO') // idle: it must not keep the gate from ending
    const sent = message('drain', 'A line.\r\n'.repeat(5000))
    await client.envelope('x@sender.test', ['ann@example.test', 'bob@example.test'])
    assert.equal((await client.command('DATA')).code, 354)
    client.send(sent.subarray(0, 20_000))
    gate.signal('SIGTERM')
    await until('no new connection is taken', async () => !(await connects(gate.lmtp)))
    client.send(sent.subarray(20_000))
    client.send('.\r\n')
    const codes = (await client.replies(2)).map(({ code }) => code)
    assert.deepEqual(codes, [250, 250])
    assert.equal(await gate.ended(), 0)
    for (const user of ['ann', 'bob']) assertStored((await mailbox(dovecot.imap, user))[0], sent)
  })

  it('a second signal ends it at once, and the message is nowhere', async () => {
    const gate = await Gate.start(site, { nextHop: dovecot.lmtp }, 'second')
    const client = await MailClient.open(gate.lmtp, 'LHLO')
    await client.envelope('x@sender.test', ['ann@example.test'])
    assert.equal((await client.command('DATA')).code, 354)
    client.send(message('cut'))
    gate.signal('SIGTERM')
    await until('no new connection is taken', async () => !(await connects(gate.lmtp)))
    gate.signal('SIGTERM')
    assert.notEqual(await gate.ended(), undefined)
    await assert.rejects(client.reply())
    assert.equal((await mailbox(dovecot.imap, 'ann')).length, 1)
  })
})
