/** What is kept back: on disk, at the hands of the administrator, in a mailbox at Dovecot; and who hears of it. */
import assert from 'node:assert/strict'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Dovecot } from './support/dovecot.ts'
import { Gate } from './support/gate.ts'
import { mailbox } from './support/imap.ts'
import { assertStored, message } from './support/messages.ts'
import { skipWithout } from './support/needs.ts'
import { Postfix } from './support/postfix.ts'
import { Site } from './support/site.ts'
import { until } from './support/until.ts'
import { fatesOf, fieldOf, stored, type Road } from './support/whereabouts.ts'

const policies = {
  default: 'senders: { block: [spam.test], action: quarantine }\n',
  'example.test/told': 'quarantine: { notice: true, keep: 7d }\n',
  'example.test/box': 'quarantine: { mailbox: "store+{local}@example.test" }\n',
  'example.test/lost': 'quarantine: { mailbox: "nobody@example.test" }\n',
}
const users = ['ann', 'bob', 'told', 'box', 'lost', 'store']
const from = 'x@spam.test'

describe('a message that is kept back', { skip: skipWithout('postfix', 'dovecot') }, () => {
  const site = new Site()
  let road: Road
  /** As its administrator types it: `lmtp-gate quarantine …`. */
  const quarantine = (...words: readonly string[]) => road.gate.command('quarantine', ...words)
  const idOf = (name: string): string => {
    const ids = road.gate.quarantined().filter(({ to }) => to === `${name}@example.test`)
    assert.equal(ids.length, 1, `entries for ${name}`)
    return ids[0]!.id
  }

  const sent = message('kept', 'Buy now.\r\n'.repeat(5000), from, '=?utf-8?q?Gr=C3=BC=C3=9Fe?=')

  before(async () => {
    const dovecot = await Dovecot.start(site, { users })
    const gate = await Gate.start(site, { nextHop: dovecot.lmtp, policies })
    road = { dovecot, gate, postfix: await Postfix.start(site, { nextHop: gate.socket }), sent: [] }
  })
  after(() => site.close())

  it('lies on disk for each recipient, its octets once, and is for the gate alone', async () => {
    const fates = { ann: 'quarantine', bob: 'quarantine', told: 'quarantine' }
    assert.deepEqual(await fatesOf(road, { from, names: Object.keys(fates), message: sent }), fates)
    const folder = join(site.root, 'gate', 'quarantine')
    const entries = readdirSync(folder).map(name => join(folder, name))
    const contents = entries.map(entry => statSync(join(entry, 'message.eml')))
    assert.deepEqual(
      contents.map(({ nlink }) => nlink),
      [3, 3, 3],
    )
    assert.equal(new Set(contents.map(({ ino }) => ino)).size, 1)
    for (const path of [folder, ...entries]) assert.equal(statSync(path).mode & 0o777, 0o700)
    for (const entry of entries)
      for (const name of readdirSync(entry)) assert.equal(statSync(join(entry, name)).mode & 0o777, 0o600)
  })

  it('is listed and shown', async () => {
    const all = await quarantine('list')
    assert.equal(all.code, 0)
    for (const name of ['ann', 'bob', 'told'])
      assert.match(all.output, new RegExp(`<${name}@example\\.test> from <x@spam\\.test>, senders: block spam\\.test`))
    const bobs = await quarantine(
      'list',
      '--to',
      'bob@example.test',
      '--from',
      'spam.test',
      '--reason',
      'senders',
      '--since',
      '1h',
      '--json',
    )
    assert.equal((JSON.parse(bobs.output) as { readonly id: string }).id, idOf('bob'))

    const shown = await quarantine('show', idOf('ann').slice(0, 8))
    assert.match(shown.output, /^to +<ann@example\.test>/m)
    assert.match(shown.output, /^policy +.*rules\/default\.yaml:1$/m)
    assert.match(shown.output, /^Subject +Gr\S{4}e$/m)
    const raw = await quarantine('show', '--raw', idOf('ann'))
    assertStored(Buffer.from(raw.output, 'latin1'), sent)
  })

  it('is released to its recipient and to nobody else', async () => {
    const id = idOf('ann')
    const { code, output } = await quarantine('release', id)
    assert.match(output, new RegExp(`^${id}: released: 250 2\\.0\\.0 <ann@example\\.test> \\S+ Saved`))
    assert.equal(code, 0)
    const copy = await stored(road, 'ann', sent)
    assertStored(copy, sent)
    assert.match(copy.toString('latin1'), /^Return-Path: <x@spam\.test>\r\n/)
    assert.equal(fieldOf(copy, 'X-Lmtp-Gate'), 'released from quarantine')
    assert.equal((await mailbox(road.dovecot.imap, 'bob')).length, 0)
    const again = await quarantine('release', id)
    assert.equal(again.code, 1)
    assert.match(again.complaint, /no such entry/)
    assert.equal(road.gate.quarantined().length, 2)
  })

  it('stays when Dovecot cannot take it, and can be released later', async () => {
    await road.dovecot.stop()
    const failed = await quarantine('release', '--to', 'bob@example.test')
    assert.match(failed.complaint, /kept, try again later/)
    assert.equal(failed.code, 75)
    await road.dovecot.start()
    assert.equal((await quarantine('release', '--to', 'bob@example.test')).code, 0)
    assertStored(await stored(road, 'bob', sent), sent)
  })

  it('is told to its recipient, if his policy says so, and to nobody else', async () => {
    const [notice] = await until('a notice', async () => {
      const found = await mailbox(road.dovecot.imap, 'told')
      return found.length > 0 && found
    })
    assert.match(notice!.toString('latin1'), /^Return-Path: <>\r\n/)
    assert.equal(fieldOf(notice!, 'Subject'), 'Kept back: =?UTF-8?B?R3LDvMOfZQ==?=')
    assert.equal(fieldOf(notice!, 'Auto-Submitted'), 'auto-generated')
    const body = notice!.toString('latin1')
    const words = Buffer.from(body.slice(body.indexOf('\r\n\r\n') + 4), 'base64').toString()
    for (const part of [/^Sender: +<x@spam\.test>/m, /^Subject: +Grüße/m, /^Reason: +senders: block spam\.test/m])
      assert.match(words, part)
    assert.ok(words.includes(idOf('told')))
    for (const name of ['ann', 'bob']) assert.equal((await mailbox(road.dovecot.imap, name)).length, 1)
  })

  it('is deleted', async () => {
    const { code, output } = await quarantine('delete', '--to', 'told@example.test', '--reason', 'senders')
    assert.equal(code, 0)
    assert.match(output, /: deleted$/m)
    assert.deepEqual(road.gate.quarantined(), [])
    assert.match((await quarantine('list')).complaint, /No entries/)
  })

  it('lies in a mailbox at Dovecot, if his policy says so; where there is none it waits with Postfix', async () => {
    const other = message('boxed', undefined, from)
    const fates = await fatesOf(road, { from, names: ['box', 'lost'], message: other })
    assert.deepEqual(fates, { box: 'nowhere', lost: 'deferred 4.2.0' })
    assertStored(await stored(road, 'store', other, 'box'), other)
    assert.deepEqual(road.gate.quarantined(), [])
  })
})
