/** Two gates behind HAProxy: one is killed under load; nothing is lost, nobody is answered wrongly, and it is used again when it is back. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Dovecot } from './support/dovecot.ts'
import { Gate } from './support/gate.ts'
import { Haproxy } from './support/haproxy.ts'
import { fieldOfEach } from './support/imap.ts'
import { loadWhile } from './support/load.ts'
import type { Owed } from './support/load.ts'
import { skipWithout } from './support/needs.ts'
import { Postfix } from './support/postfix.ts'
import { Site } from './support/site.ts'
import { until } from './support/until.ts'

const users = ['ann', 'bob', 'cid']
/** Where Postfix comes from; HAProxy itself comes from 127.0.0.1, and that may not send mail. */
const client = '127.0.0.9'

describe('two gates behind HAProxy', { skip: skipWithout('postfix', 'dovecot', 'haproxy') }, () => {
  const site = new Site()
  let dovecot: Dovecot
  let one: Gate
  let two: Gate
  let haproxy: Haproxy
  let postfix: Postfix

  before(async () => {
    dovecot = await Dovecot.start(site, { users })
    const options = { nextHop: dovecot.lmtp, proxies: ['127.0.0.1'] }
    one = await Gate.start(site, { ...options, more: `trust: ${client}` }, 'one')
    two = await Gate.start(site, { ...options, more: `trust: ${client}\nworkers: 2` }, 'two')
    haproxy = await Haproxy.start(site, [
      { name: 'one', port: one.proxied, proxy: 'send-proxy' },
      { name: 'two', port: two.proxied, proxy: 'send-proxy-v2' },
    ])
    // HAProxy gives each connection to the next gate: with one for every message, both surely get mail.
    postfix = await Postfix.start(site, { nextHop: haproxy.port, from: client, reuse: false })
  })
  after(() => site.close())

  it('kill -9 of one under load: all mail arrives, no reply is wrong, only what was not answered comes twice', async () => {
    const owed = await loadWhile(postfix.smtp, users, 'killed', async () => {
      await until('both deliver', () => [one, two].every(gate => gate.log().includes('status=sent')))
      // Frozen, so that what is sent to it now is certainly not answered before the kill.
      one.signal('SIGSTOP')
      // Or has sent already, all of them, and waits: then nobody sends any more.
      const { octets } = await haproxy.state('one')
      await until('a client waits for it', async () => {
        const now = await haproxy.state('one')
        return now.octets > octets || now.sessions > 0
      })
      await one.kill()
      await haproxy.untilIsUp('one', false)
    })
    await postfix.drain()
    await assertDelivered(owed)
    assert.match(postfix.log(), /status=deferred/, 'nothing was under way, so nothing was shown')
  })

  it('it gets mail again when it is back', async () => {
    await one.start()
    await haproxy.untilIsUp('one', true)
    const before = one.log().length
    const owed = await loadWhile(postfix.smtp, users, 'back', () =>
      until('it delivers', () => one.log().slice(before).includes('status=sent')),
    )
    await postfix.drain()
    await assertDelivered(owed)
  })

  it('the client is Postfix, not HAProxy', async () => {
    const fields = await fieldOfEach(dovecot.imap, 'ann', 'Received')
    assert.ok(fields.length > 0)
    for (const field of fields) assert.match(field, /^Received: from mx\.example\.test \(\[127\.0\.0\.9\]\)\s+by /m)
  })

  /** Postfix is told `sent` once for every recipient, nothing bounces, and whoever has a message twice was first told to wait. */
  async function assertDelivered(owed: readonly Owed[]): Promise<void> {
    const log = postfix.log()
    assert.doesNotMatch(log, /status=bounced/)
    const queueIds = new Map(Array.from(log.matchAll(/: (\w+): message-id=<(.+?)@/g), ([, id, name]) => [name, id]))
    const told = (id: string, user: string): readonly string[] =>
      Array.from(
        log.matchAll(new RegExp(`: ${queueIds.get(id)}: to=<${user}@.*status=(\\w+)`, 'g')),
        ([, status = '']) => status,
      )
    for (const user of users) {
      const found = await fieldOfEach(dovecot.imap, user, 'X-Test-Id')
      for (const { id } of owed.filter(({ to }) => to.includes(user))) {
        const copies = found.filter(other => other === id).length
        const replies = told(id, user)
        const words = `${id} for ${user}: ${copies} copies, told ${replies.join(', ')}`
        assert.equal(replies.filter(status => status === 'sent').length, 1, words)
        assert.ok(copies >= 1 && copies <= replies.length, words)
      }
    }
  }
})
