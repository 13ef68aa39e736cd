/** Spam on the whole road, with a real rspamd and a real spamd: one scan, and for each recipient what his own thresholds make of the score. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Dovecot } from './support/dovecot.ts'
import { assertExplained } from './support/explained.ts'
import { Gate } from './support/gate.ts'
import { startNameServer } from './support/name-server.ts'
import { assertStored, message } from './support/messages.ts'
import { skipWithout, type Need } from './support/needs.ts'
import { Postfix } from './support/postfix.ts'
import { rspamdScans, startRspamd } from './support/rspamd.ts'
import type { ScannerDaemon } from './support/scanner-daemon.ts'
import { Site } from './support/site.ts'
import { gtube, spamdScans, startSpamd } from './support/spamd.ts'
import { until } from './support/until.ts'
import { fatesOf, fieldOf, stored, type Road } from './support/whereabouts.ts'

/** Every message here scores 6.5, or 1000. */
const policies = {
  default: 'spam: { junk: 6 }\n',
  'example.test/mild': 'spam: { junk: 7 }\n',
  'example.test/keep': 'spam: { quarantine: 6.5, discard: 2000 }\n',
  'example.test/refuse': 'spam: { reject: 6.4, text: "5.7.1 No advertisements" }\n',
  'example.test/drop': 'spam: { junk: 2, discard: 5 }\n',
  'example.test/flag': 'junk_folder: INBOX\n',
  'example.test/calm': 'spam: { junk: 5, discard: 5 }\nat_worst: junk\n',
  'example.test/off': 'spam: off\n',
  'example.test/trial': 'spam: { discard: 6 }\nshadow: true\n',
  'example.test/strict': 'spam: { profile: strict, discard: 8 }\n',
}
const names = ['mild', 'usual', 'keep', 'refuse', 'drop', 'flag', 'calm', 'off', 'trial']

/** `scans`: how often the scanner says itself that it looked at the message. */
type Engine = {
  readonly needs: Need
  readonly start: (site: Site, names: number) => Promise<ScannerDaemon>
  readonly key: (daemon: ScannerDaemon) => string
  readonly subject: string
  readonly scans: (daemon: ScannerDaemon, messageId: string) => readonly string[]
}

const place = ({ endpoint }: ScannerDaemon): string => `${endpoint.host}:${endpoint.port}`

const engines: Readonly<Record<string, Engine>> = {
  rspamd: {
    needs: 'rspamd',
    start: (site, names) => startRspamd(site, '', '', names),
    key: daemon => `rspamd: http://${place(daemon)}`,
    subject: 'score 6.5',
    scans: rspamdScans,
  },
  spamd: {
    needs: 'spamd',
    start: startSpamd,
    key: daemon => `spamd: inet:${place(daemon)}`,
    subject: 'spam',
    scans: spamdScans,
  },
}

const proof = 'Authentication-Results: mx.example.test; spf=pass smtp.mailfrom=sender.test\r\n'

for (const [engine, { needs, start, key, subject, scans }] of Object.entries(engines)) {
  describe(`a message with a score from ${engine}`, { skip: skipWithout('postfix', 'dovecot', needs) }, () => {
    const site = new Site()
    let road: Road
    let daemon: ScannerDaemon
    const scanned = (id: string): number => scans(daemon, `${id}@sender.test`).length
    const send = (sent: Buffer, to: readonly string[], from = 'ann@sender.test') =>
      fatesOf(road, { from, names: to, message: sent })

    before(async () => {
      const spf = await startNameServer(site, {
        'proven.test': 'v=spf1 ip4:127.0.0.1 -all',
        'sender.test': 'v=spf1 -all',
      })
      daemon = await start(site, spf)
      const dovecot = await Dovecot.start(site, { users: [...names, 'strict'] })
      const more = `scanners: { ${key(daemon)} }\ntrust_authserv: mx.example.test\n`
      const gate = await Gate.start(site, { nextHop: dovecot.socket, policies, more })
      road = { dovecot, gate, postfix: await Postfix.start(site, { nextHop: gate.socket }), sent: [] }
    })
    after(() => site.close())

    it('a fate for each recipient, and one scan', async () => {
      const sent = Buffer.concat([Buffer.from(proof), message('proven', undefined, undefined, subject)])
      assert.deepEqual(await send(sent, names), {
        mild: 'INBOX',
        usual: 'Junk',
        keep: 'quarantine',
        refuse: 'bounced 5.7.1',
        drop: 'nowhere',
        flag: 'INBOX',
        calm: 'Junk',
        off: 'INBOX',
        trial: 'INBOX',
      })
      await until('a scan in the log', () => scanned('proven') > 0)
      await until('what the trial came to', () =>
        /shadow="discard \(spam: 6\.5 reaches discard 6, .*to=<trial@/.test(road.gate.log()),
      )
      assert.equal(scanned('proven'), 1)
      assert.match(road.postfix.log(), /status=bounced .*No advertisements/)

      const header = async (name: string, box?: string) => {
        const copy = await stored(road, name, sent, box)
        assertStored(copy, sent)
        const fields = ['X-Spam-Flag', 'X-Spam-Score', 'X-Spam-Status', 'X-Lmtp-Gate']
        return fields.map(field => fieldOf(copy, field) ?? '–').join('; ')
      }
      const junk = 'YES; 6.5; Yes, score=6.5; junk (spam 6.5)'
      assert.equal(await header('mild'), '–; 6.5; No, score=6.5; –')
      assert.equal(await header('usual', 'Junk'), junk)
      assert.equal(await header('flag'), junk)
      assert.equal(await header('calm', 'Junk'), junk)
      assert.equal(await header('off'), '–; –; –; –')
    })

    it('GTUBE reaches every threshold', async () => {
      const sent = message('gtube', `${gtube}\r\n`)
      assert.deepEqual(await send(sent, ['mild', 'keep', 'drop', 'off']), {
        mild: 'Junk',
        keep: 'quarantine',
        drop: 'nowhere',
        off: 'INBOX',
      })
      await until('a scan in the log', () => scanned('gtube') > 0)
      assert.equal(scanned('gtube'), 1)
    })

    it('what would be refused of a sender who is not proven is kept', async () => {
      const forged = proof.replace('mx.example.test', 'mx.sender.test')
      const sent = Buffer.concat([Buffer.from(forged), message('forged', undefined, undefined, subject)])
      assert.deepEqual(await send(sent, ['refuse', 'usual']), { refuse: 'quarantine', usual: 'Junk' })
      const bounce = message('bounce', undefined, 'MAILER-DAEMON@sender.test', subject)
      const null_ = Buffer.concat([Buffer.from(proof), bounce])
      assert.deepEqual(await send(null_, ['refuse'], ''), { refuse: 'quarantine' })
      const log = road.gate.log()
      assert.match(log, /because="bounce_guard: .*a sender who is not proven"/)
      assert.match(log, /because="bounce_guard: .*the null sender"/)
    })

    it('one scan for each profile, and none for nobody', async () => {
      const sent = message('profiles', undefined, undefined, subject)
      const fates = { mild: 'INBOX', usual: 'Junk', strict: 'nowhere', off: 'INBOX' }
      assert.deepEqual(await send(sent, Object.keys(fates)), fates)
      await until('two scans in the log', () => scanned('profiles') > 1)
      assert.equal(scanned('profiles'), 2)
      await send(message('nobody', undefined, undefined, subject), ['off'])
      await send(message('somebody', undefined, undefined, subject), ['mild'])
      await until('a scan in the log', () => scanned('somebody') > 0)
      assert.equal(scanned('nobody'), 0)
    })

    if (engine === 'rspamd')
      it('rspamd itself proves the sender, by SPF', async () => {
        const sent = (id: string) => message(id, undefined, undefined, subject)
        assert.deepEqual(await send(sent('spf.pass'), ['refuse'], 'ann@proven.test'), { refuse: 'bounced 5.7.1' })
        assert.deepEqual(await send(sent('spf.fail'), ['refuse'], 'ann@sender.test'), { refuse: 'quarantine' })
        assert.deepEqual(await send(sent('spf.none'), ['refuse'], 'ann@else.test'), { refuse: 'quarantine' })
      })

    it('explain says of all of it what the gate did', () => assertExplained(site, road))
  })
}
