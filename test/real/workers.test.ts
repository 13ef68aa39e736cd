/** Several processes: one is killed while Postfix hands them mail; nothing is lost, and the others do not notice. */
import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { Dovecot } from './support/dovecot.ts'
import { Gate } from './support/gate.ts'
import { fieldOfEach } from './support/imap.ts'
import { loadWhile } from './support/load.ts'
import { skipWithout } from './support/needs.ts'
import { Postfix } from './support/postfix.ts'
import { Site } from './support/site.ts'
import { until } from './support/until.ts'

const users = ['ann', 'bob', 'cid']

describe('workers', { skip: skipWithout('postfix', 'dovecot') }, () => {
  const site = new Site()
  let dovecot: Dovecot
  let gate: Gate
  let postfix: Postfix

  before(async () => {
    dovecot = await Dovecot.start(site, { users })
    gate = await Gate.start(site, { nextHop: dovecot.lmtp, more: 'workers: 2' })
    postfix = await Postfix.start(site, { nextHop: gate.socket })
  })
  after(() => site.close())

  it('kill -9 of one under load: it is replaced, and every message is in every mailbox it belongs to', async () => {
    const [victim = 0, other = 0] = gate.workers()
    const delivers = (pid: number): boolean =>
      gate
        .log()
        .split('\n')
        .some(line => line.includes(`lmtp-gate[${pid}]: `) && line.includes('status=sent'))
    const owed = await loadWhile(postfix.smtp, users, 'load', async () => {
      await until('both deliver', () => Promise.resolve([victim, other].every(delivers)))
      process.kill(victim, 'SIGKILL')
      await until('it is replaced', () =>
        Promise.resolve(gate.workers().length === 2 && !gate.workers().includes(victim)),
      )
    })
    await postfix.drain()
    assert.ok(gate.workers().includes(other))
    assert.equal(statSync(gate.socket).mode & 0o777, 0o666)
    for (const user of users) {
      const ids = new Set(await fieldOfEach(dovecot.imap, user, 'X-Test-Id'))
      const missing = owed.filter(({ id, to }) => to.includes(user) && !ids.has(id))
      assert.deepEqual(
        missing.map(({ id }) => id),
        [],
        `missing for ${user}`,
      )
    }
  })
})
