/** Whatever is killed or restarted under load: every message is in every mailbox it belongs to, and Postfix's queue is empty. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Dovecot } from './support/dovecot.ts'
import { Gate } from './support/gate.ts'
import { fieldOfEach } from './support/imap.ts'
import { MailClient } from './support/mail-client.ts'
import { message } from './support/messages.ts'
import { skipWithout } from './support/needs.ts'
import { Postfix } from './support/postfix.ts'
import { Site } from './support/site.ts'

const users = ['ann', 'bob', 'cid', 'dan', 'eva']
const messages = 300

describe('killed or restarted under load', { skip: skipWithout('postfix', 'dovecot') }, () => {
  const site = new Site()
  let dovecot: Dovecot
  let gate: Gate
  let postfix: Postfix

  before(async () => {
    dovecot = await Dovecot.start(site, { users })
    gate = await Gate.start(site, { nextHop: dovecot.lmtp })
    postfix = await Postfix.start(site, { nextHop: gate.socket })
  })
  after(() => site.close())

  /** `repeats`: mail that was stored but not yet answered for comes again. */
  const disturbances: readonly {
    readonly name: string
    readonly repeats: boolean
    readonly disturb: () => Promise<void>
  }[] = [
    {
      name: 'kill -9 of the gate',
      repeats: true,
      disturb: () => gate.kill().then(() => gate.start()),
    },
    {
      name: 'kill -9 of Dovecot, master and workers',
      repeats: true,
      disturb: () => dovecot.kill().then(() => dovecot.start()),
    },
    {
      name: 'restart of the gate',
      repeats: false,
      disturb: () => gate.stop().then(() => gate.start()),
    },
    {
      name: 'restart of Dovecot',
      repeats: true,
      disturb: () => dovecot.stop().then(() => dovecot.start()),
    },
    {
      name: 'start of the gate while Dovecot is down',
      repeats: false,
      disturb: async () => {
        await gate.stop()
        await dovecot.stop()
        await gate.start()
        await dovecot.start()
      },
    },
  ]

  for (const [n, { name, repeats, disturb }] of disturbances.entries()) {
    it(name, async () => {
      const loggedBefore = postfix.log().length
      const owed = await loadWhile(postfix.smtp, `load${n}`, disturb)
      await postfix.drain()
      assert.match(postfix.log().slice(loggedBefore), /status=deferred/, 'nothing was under way, so nothing was shown')
      let copies = 0
      for (const user of users) {
        const found = await fieldOfEach(dovecot.imap, user, 'X-Test-Id')
        const here = found.filter(id => id.startsWith(`load${n}.`))
        const ids = new Set(here)
        const missing = owed.filter(({ id, to }) => to.includes(user) && !ids.has(id))
        assert.deepEqual(
          missing.map(({ id }) => id),
          [],
          `missing for ${user}`,
        )
        copies += here.length
      }
      const due = owed.reduce((sum, { to }) => sum + to.length, 0)
      console.log(`${name}: ${owed.length} messages, ${due} copies due, ${copies - due} more than that`)
      if (!repeats) assert.equal(copies, due)
      assert.deepEqual(gate.spooled(), [])
    })
  }
})

type Owed = { readonly id: string; readonly to: readonly string[] }

/** Four clients hand Postfix messages for one to three users each; a quarter of the way, something happens. */
async function loadWhile(smtp: number, label: string, disturb: () => Promise<void>): Promise<readonly Owed[]> {
  const owed: Owed[] = []
  const disturbed: Promise<void>[] = []
  const work = async (): Promise<void> => {
    const client = await MailClient.open(smtp, 'EHLO')
    while (owed.length < messages) {
      const n = owed.length
      const id = `${label}.${n}`
      const to = [0, 1, 2].slice(0, 1 + (n % 3)).map(i => users[(n + i) % users.length]!)
      owed.push({ id, to })
      if (n === messages / 4) disturbed.push(disturb())
      await client.submit({ from: 'x@sender.test', to: to.map(user => `${user}@example.test`), message: mail(id) })
    }
    await client.quit()
  }
  await Promise.all([work(), work(), work(), work()])
  await Promise.all(disturbed)
  return owed
}

function mail(id: string): Buffer {
  return message(id, 'A line as long as lines in mail usually are, and then a few more words.\r\n'.repeat(300))
}
