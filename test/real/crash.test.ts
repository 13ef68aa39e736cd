/** Whatever is killed or restarted under load: every message is in every mailbox it belongs to, and Postfix's queue is empty. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Dovecot } from './support/dovecot.ts'
import { Gate } from './support/gate.ts'
import { fieldOfEach } from './support/imap.ts'
import { loadWhile } from './support/load.ts'
import { skipWithout } from './support/needs.ts'
import { Postfix } from './support/postfix.ts'
import { Site } from './support/site.ts'

const users = ['ann', 'bob', 'cid', 'dan', 'eva']

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
      const owed = await loadWhile(postfix.smtp, users, `load${n}`, disturb)
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
