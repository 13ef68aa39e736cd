/** One message for many recipients: each gets what his own policy and his own mailbox say, and Postfix hears it for each. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Dovecot } from './support/dovecot.ts'
import { Gate } from './support/gate.ts'
import { mailbox } from './support/imap.ts'
import { MailClient } from './support/mail-client.ts'
import { attempts } from './support/maillog.ts'
import { assertStored, message } from './support/messages.ts'
import { skipWithout } from './support/needs.ts'
import { Postfix } from './support/postfix.ts'
import { Site } from './support/site.ts'

const users = ['ann', 'bob', 'cid', 'dan', 'eva', 'fay', 'gil', 'twin']

const policies = {
  'example.test/bob': 'size: { max: 1K }\n',
  'example.test/cid':
    'rules:\n  - { when: { detail: shop }, then: reject, text: "5.1.1 This address is no longer used" }\n',
  'example.test/dan': 'senders: { block: [spam.test] }\n',
  'example.test/eva': 'senders: { block: [spam.test], action: discard }\n',
  'example.test/gil': 'senders: { block: [spam.test], action: quarantine }\n',
}

describe('fates of one message', { skip: skipWithout('postfix', 'dovecot') }, () => {
  const site = new Site()
  let dovecot: Dovecot
  let gate: Gate
  let postfix: Postfix

  before(async () => {
    dovecot = await Dovecot.start(site, { users, full: ['full'] })
    gate = await Gate.start(site, { nextHop: dovecot.socket, policies })
    postfix = await Postfix.start(site, {
      nextHop: gate.lmtp,
      aliases: { 'one@example.test': 'twin@example.test', 'two@example.test': 'twin@example.test' },
    })
  })
  after(() => site.close())

  it('one message, every recipient with a fate of his own', async () => {
    const sent = message('mixed', 'x'.repeat(76).concat('\r\n').repeat(30), 'x@spam.test')
    const names = ['ann', 'full', 'nobody', 'bob', 'cid+shop', 'dan', 'eva', 'gil', 'one', 'two', 'fay']
    const id = await postfix.submit('x@spam.test', names, sent)
    const found = await attempts(postfix, id, names.length)

    const fate = (name: string, original?: string): string => {
      const of = found.filter(({ to, original: orig }) => to === `${name}@example.test` && orig === original)
      return of.map(({ dsn, status }) => `${dsn} ${status}`).join(', ')
    }
    assert.equal(fate('ann'), '2.0.0 sent')
    assert.equal(fate('full'), '5.2.2 bounced')
    assert.equal(fate('nobody'), '5.1.1 bounced')
    assert.equal(fate('bob'), '5.2.3 bounced')
    assert.equal(fate('cid+shop'), '5.1.1 bounced')
    assert.equal(fate('dan'), '2.0.0 sent')
    assert.match(fate('eva'), /^2\.\d\.\d sent$/)
    assert.match(fate('gil'), /^2\.\d\.\d sent$/)
    assert.equal(fate('twin', 'one@example.test'), '2.0.0 sent')
    assert.equal(fate('twin', 'two@example.test'), '2.0.0 sent')
    assert.equal(fate('fay'), '2.0.0 sent')
    assert.equal(found.length, names.length)

    const said = (name: string): string => found.find(({ to }) => to === `${name}@example.test`)?.said ?? ''
    assert.match(said('ann'), /<ann@example\.test> \S+ Saved/, 'Dovecot in its own words')
    assert.match(said('dan'), /<dan\+Junk@example\.test> \S+ Saved/)
    assert.match(said('cid+shop'), /This address is no longer used .*in reply to RCPT TO command/)
    assert.match(said('bob'), /in reply to RCPT TO command/)
    assert.match(said('full'), /in reply to end of DATA command/)

    for (const [user, name] of [['ann'], ['dan', 'Junk'], ['twin'], ['fay']] as const) {
      const stored = await mailbox(dovecot.imap, user, name)
      assert.equal(stored.length, 1, `${user} ${name ?? ''}`)
      assertStored(stored[0], sent)
    }
    for (const [user, name] of [
      ['full'],
      ['bob'],
      ['cid'],
      ['cid', 'shop'],
      ['dan'],
      ['eva'],
      ['eva', 'Junk'],
      ['gil'],
      ['gil', 'Junk'],
    ] as const)
      assert.equal((await mailbox(dovecot.imap, user, name)).length, 0, `${user} ${name ?? ''}`)
    const kept = gate.quarantined()
    assert.equal(kept.length, 1)
    assertStored(kept[0]?.message, sent)
    await postfix.drain()
    const ids = [...gate.log().matchAll(new RegExp(`${id}: .* id=([^,]+),`, 'g'))].map(([, transaction]) => transaction)
    assert.equal(ids.length, names.length)
    assert.equal(new Set(ids).size, 1, 'more than one transaction')

    type Explained = { readonly to: string; readonly then: { readonly action: string; readonly isSame: boolean } }
    const explained = JSON.parse(await gate.explain('--id', id)) as readonly Explained[]
    // Of nobody@example.test Dovecot decided, and two addresses are those of one person.
    assert.deepEqual(
      explained.map(({ to, then }) => `${to.replace('@example.test', '')} ${then.action} ${then.isSame}`).sort(),
      ['ann deliver', 'bob reject', 'cid+shop reject', 'dan junk', 'eva discard', 'fay deliver', 'full deliver']
        .concat('gil quarantine', 'twin deliver', 'twin deliver')
        .map(text => `${text} true`),
    )

    const file = join(site.folder('explained'), 'message.eml')
    writeFileSync(file, sent)
    const asked = [
      '--from',
      'x@spam.test',
      '--size',
      String(sent.length),
      ...explained.flatMap(({ to }) => ['--to', to]),
    ]
    const again = JSON.parse(await gate.explain(...asked, file)) as readonly {
      readonly verdict: { readonly action: string }
    }[]
    assert.deepEqual(
      again.map(({ verdict }) => verdict.action),
      explained.map(({ then }) => then.action),
    )
  })

  it('the same address twice in one transaction: two replies, one copy', async () => {
    const client = await MailClient.open(gate.lmtp, 'LHLO')
    const before = (await mailbox(dovecot.imap, 'twin')).length
    const to = ['twin', 'nobody', 'ann', 'twin'].map(name => `${name}@example.test`)
    const codes = (await client.envelope('x@sender.test', to)).map(({ code }) => code)
    assert.deepEqual(codes, [250, 550, 250, 250])
    const texts = (await client.data(message('twice'), 3)).map(({ text }) => text.split(' ').slice(0, 2).join(' '))
    assert.deepEqual(texts, ['2.0.0 <twin@example.test>', '2.0.0 <ann@example.test>', '2.0.0 <twin@example.test>'])
    await client.quit()
    assert.equal((await mailbox(dovecot.imap, 'twin')).length, before + 1)
  })
})
