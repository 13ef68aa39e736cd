/** Viruses on the whole road, with a real clamd: one scan, and for each recipient what his own policy makes of the find. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { eicar, eicarName, scansOf, startClamd, withAttachment, zipped } from './support/clamd.ts'
import { Dovecot } from './support/dovecot.ts'
import { assertExplained } from './support/explained.ts'
import { Gate } from './support/gate.ts'
import { assertStored, message } from './support/messages.ts'
import { skipWithout } from './support/needs.ts'
import { Postfix } from './support/postfix.ts'
import type { ScannerDaemon } from './support/scanner-daemon.ts'
import { Site } from './support/site.ts'
import { until } from './support/until.ts'
import { fatesOf, fieldOf, stored, type Road } from './support/whereabouts.ts'

const policies = {
  default: 'size: { max: 100MB }\n',
  'example.test/keep': 'virus: { action: quarantine }\n',
  'example.test/drop': 'virus: { action: discard }\n',
  'example.test/refuse': 'virus: { action: reject, text: "5.7.1 No viruses, please" }\n',
  'example.test/junk': 'virus: { action: junk }\n',
  'example.test/take': 'virus: { action: deliver }\n',
  'example.test/ignore': 'virus: { ignore: ["Eicar-*"] }\n',
  'example.test/off': 'virus: off\n',
  'example.test/strict': 'virus: { unscannable: quarantine }\n',
}
const names = Object.keys(policies).flatMap(path => (path === 'default' ? [] : [path.slice('example.test/'.length)]))

const proof = 'Authentication-Results: mx.example.test; spf=pass smtp.mailfrom=sender.test\r\n'

describe('a message with a virus', { skip: skipWithout('postfix', 'dovecot', 'clamd', 'zip') }, () => {
  const site = new Site()
  let road: Road
  let clamd: ScannerDaemon
  /** What clamd tells of its scans since it was asked last. */
  let seen = 0
  const scans = (): readonly string[] => {
    const all = scansOf(clamd).map(line => line.replace(/^.*?: /, ''))
    const news = all.slice(seen)
    seen = all.length
    return news
  }

  before(async () => {
    const socket = `${site.folder('socket')}/clamd.sock`
    // As little as most sites set: it says OK to an encrypted archive, and to a file in one of which it has seen the beginning.
    const limits = { MaxFileSize: '2M', MaxScanSize: '8M', AlertEncryptedArchive: 'no' }
    clamd = await startClamd(site, { LocalSocket: socket, ...limits })
    const dovecot = await Dovecot.start(site, { users: names })
    const more = `scanners: { clamd: { endpoint: unix:${socket}, limit: 2MB } }\ntrust_authserv: mx.example.test\n`
    const gate = await Gate.start(site, { nextHop: dovecot.socket, policies, more })
    road = { dovecot, gate, postfix: await Postfix.start(site, { nextHop: gate.socket }), sent: [] }
    // The gate has shown clamd something that is over its limits.
    await until('the first scan', () => scans().length > 0)
  })
  after(() => site.close())

  it('in a zip in a zip: a fate for each recipient, and one scan', async () => {
    const sent = Buffer.concat([
      Buffer.from(proof),
      withAttachment('proven', 'invoice.zip', zipped(`${eicar} ${site.root}`, 2)),
    ])
    assert.deepEqual(await fatesOf(road, { from: 'ann@sender.test', names, message: sent }), {
      keep: 'quarantine',
      drop: 'nowhere',
      refuse: 'bounced 5.7.1',
      junk: 'Junk',
      take: 'INBOX',
      ignore: 'INBOX',
      off: 'INBOX',
      strict: 'quarantine',
    })
    assert.deepEqual(scans(), [`${eicarName} FOUND`])

    const status = async (name: string, box?: string) => {
      const copy = await stored(road, name, sent, box)
      assertStored(copy, sent)
      return fieldOf(copy, 'X-Virus-Status')
    }
    assert.equal(await status('junk', 'Junk'), `Infected (${eicarName})`)
    assert.equal(await status('take'), `Infected (${eicarName})`)
    assert.equal(await status('ignore'), 'Clean')
    assert.equal(await status('off'), undefined)
    const inJunk = await stored(road, 'junk', sent, 'Junk')
    assert.equal(fieldOf(inJunk, 'X-Lmtp-Gate'), `junk (virus ${eicarName})`)
    assert.equal(fieldOf(inJunk, 'X-Spam-Flag'), 'YES')
    assert.match(road.postfix.log(), /status=bounced .*No viruses, please/)
  })

  it('from a sender who is not proven: what would be refused is kept', async () => {
    const sent = withAttachment('unproven', 'invoice.zip', zipped(`${eicar} ${site.root} again`, 2))
    const fates = await fatesOf(road, { from: 'ann@sender.test', names: ['refuse', 'drop'], message: sent })
    assert.deepEqual(fates, { refuse: 'quarantine', drop: 'nowhere' })
    assert.deepEqual(scans(), [`${eicarName} FOUND`])
    await until('a line in the log', () => /because="bounce_guard: .*not proven"/.test(road.gate.log()))
  })

  it('is scanned once, however Postfix divides its recipients', async () => {
    const postfix = await Postfix.start(site, { nextHop: road.gate.socket, recipientLimit: 2 }, 'divided')
    const sent = withAttachment('divided', 'invoice.zip', zipped(`${eicar} ${site.root} divided`, 2))
    const before = road.gate.log().length
    await fatesOf({ ...road, postfix, sent: [] }, { from: 'ann@sender.test', names, message: sent })
    const lines = await until('a line for each', () => {
      const found = [
        ...road.gate
          .log()
          .slice(before)
          .matchAll(/from=<.* id=(\S+), to=/g),
      ]
      return found.length === names.length && found
    })
    assert.equal(new Set(lines.map(([, transaction]) => transaction)).size, names.length / 2)
    assert.deepEqual(scans(), [`${eicarName} FOUND`])
  })

  for (const [what, attachment, ofClamd, words] of [
    [
      'a file over the limits of clamd',
      () => zipped(`${'x'.repeat(3_000_000)}${eicar}`, 2),
      'OK',
      'a file of more than 2MB in an archive',
    ],
    ['a secret', () => zipped(eicar, 2, 'secret'), 'OK', 'encrypted'],
    [
      'a file whose own header tells a wrong size',
      () => {
        const zip = zipped(`${eicar}${'x'.repeat(1000)}`)
        zip.writeUInt32LE(10, 18)
        return zip
      },
      'OK',
      'an archive with two accounts of a file',
    ],
    [
      'an archive behind a harmless one',
      () => Buffer.concat([zipped('harmless'), zipped(`${eicar}${'x'.repeat(1000)}`)]),
      'OK',
      'an archive behind something else; an archive with a hidden file',
    ],
    [
      'a nest too deep for clamd',
      () => zipped('harmless', 30),
      'Heuristics.Limits.Exceeded.MaxRecursion FOUND',
      'clamd: over its limits (Heuristics.Limits.Exceeded.MaxRecursion)',
    ],
    ['more than it takes', () => randomBytes(1_600_000), undefined, 'clamd: larger than 2MB'],
  ] as const) {
    it(`${what}: is not called clean`, async () => {
      const sent = withAttachment(what.replaceAll(' ', '.'), 'invoice.zip', attachment())
      const fates = await fatesOf(road, { from: 'ann@sender.test', names: ['take', 'strict'], message: sent })
      assert.deepEqual(scans(), ofClamd === undefined ? [] : [ofClamd])
      assert.deepEqual(fates, { take: 'INBOX', strict: 'quarantine' })
      assert.equal(fieldOf(await stored(road, 'take', sent), 'X-Virus-Status'), `Not scanned (${words})`)
    })
  }

  it('clean mail is marked so; nobody who wants no scan has one', async () => {
    const sent = message('clean', `Nothing in it. ${site.root}\r\n`)
    await fatesOf(road, { from: 'ann@sender.test', names: ['keep', 'off'], message: sent })
    assert.equal(fieldOf(await stored(road, 'keep', sent), 'X-Virus-Status'), 'Clean')
    assert.equal(fieldOf(await stored(road, 'off', sent), 'X-Virus-Status'), undefined)
    assert.deepEqual(scans(), ['OK'])
    await fatesOf(road, { from: 'ann@sender.test', names: ['off'], message: message('off alone') })
    assert.deepEqual(scans(), [])
  })

  it('explain says of all of it what the gate did', () => assertExplained(site, road))
})
