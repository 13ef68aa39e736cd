/** The gate watched from outside while it works: every metric that README.md names is there, and counts what happened, over both workers. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { freePort } from '../support/free-port.ts'
import { eicar, startClamd } from './support/clamd.ts'
import { Dovecot } from './support/dovecot.ts'
import { Gate } from './support/gate.ts'
import { MailClient } from './support/mail-client.ts'
import { message } from './support/messages.ts'
import { skipWithout } from './support/needs.ts'
import { Site } from './support/site.ts'
import { until } from './support/until.ts'

describe('watched by HTTP', { skip: skipWithout('dovecot', 'clamd') }, () => {
  const site = new Site()
  let dovecot: Dovecot
  let gate: Gate
  let port: number

  before(async () => {
    dovecot = await Dovecot.start(site, { users: ['ann', 'bob', 'cid'] })
    const clamd = await startClamd(site)
    port = await freePort()
    gate = await Gate.start(site, {
      nextHop: dovecot.lmtp,
      policies: {
        default: 'virus: { action: discard, down: deliver }\n',
        'example.test/bob': 'shadow: true\nrules: [{ when: { subject: plain }, then: discard }]\n',
        'example.test/cid': 'spam: { junk: much }\n',
      },
      more: `workers: 2\nmetrics: inet:127.0.0.1:${port}\nscanners: { clamd: "inet:127.0.0.1:${clamd.endpoint.port}" }`,
    })
  })
  after(() => site.close())

  const ask = async (path: string): Promise<{ readonly status: number; readonly text: string }> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`)
    return { status: answer.status, text: await answer.text() }
  }

  const hand = async (client: MailClient, id: string, to: readonly string[], body?: string): Promise<void> => {
    await client.envelope('x@sender.test', to)
    const replies = await client.data(message(id, body), to.length)
    assert.ok(replies.every(({ code }) => code === 250))
  }

  /** The sum of all samples of a metric that have these labels. */
  const sum = (text: string, name: string, ...labels: readonly string[]): number =>
    Array.from(text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm))
      .filter(([, found, has = '']) => found === name && labels.every(label => has.includes(label)))
      .reduce((total, [, , , value]) => total + Number(value), 0)

  it('counts what became of recipients, scans, deliveries and policies, over both workers', async () => {
    const clients = await Promise.all([1, 2].map(() => MailClient.open(gate.lmtp, 'LHLO')))
    const to = ['ann@example.test', 'bob@example.test']
    for (const client of clients) await hand(client, 'plain', to)
    await hand(clients[0]!, 'virus', to.slice(0, 1), `${eicar}\r\n`)
    const { text } = await ask('/metrics')
    const recipients = 'lmtp_gate_recipients_total'
    assert.equal(sum(text, recipients, 'action="deliver"', 'status="sent"'), 4)
    assert.equal(sum(text, recipients, 'action="discard"', 'step="virus"'), 1)
    assert.equal(sum(text, 'lmtp_gate_shadow_verdicts_total', 'action="discard"'), 2)
    assert.equal(
      sum(text, 'lmtp_gate_scan_seconds_count', 'scanner="clamd"'),
      sum(text, 'lmtp_gate_scans_total', 'scanner="clamd"'),
    )
    assert.ok(sum(text, 'lmtp_gate_scan_seconds_count', 'scanner="clamd"') >= 2)
    assert.ok(sum(text, 'lmtp_gate_next_hop_seconds_count') >= 2)
    for (const phase of ['receive', 'decide', 'wait', 'deliver'])
      assert.ok(sum(text, 'lmtp_gate_delay_seconds_count', `phase="${phase}"`) >= 4, phase)
    assert.equal(sum(text, 'lmtp_gate_workers'), 2)
    assert.equal(sum(text, 'lmtp_gate_sessions'), 2)
    for (const client of clients) await client.quit()
  })

  it('has every metric that the README names', async () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
    const rows = readme.split('\n').filter(line => /^\| `(?:lmtp_gate|process)_/.test(line))
    const names = rows.flatMap(row => Array.from(row.split(' | ')[0]!.matchAll(/`(\w+)`/g), ([, name = '']) => name))
    const { text } = await ask('/metrics')
    assert.ok(names.length > 30)
    assert.deepEqual(
      names.filter(name => !text.includes(`# TYPE ${name} `)),
      [],
    )
  })

  it('says that it lives, and that mail should be sent to it', async () => {
    assert.equal((await ask('/healthz')).status, 200)
    assert.equal((await ask('/readyz')).status, 200)
  })

  it('says that no mail should be sent to it while Dovecot is down, and that it should when Dovecot is back', async () => {
    await dovecot.stop()
    await until('it is not ready', async () => (await ask('/readyz')).status === 503)
    await dovecot.start()
    await until('it is ready', async () => (await ask('/readyz')).status === 200)
  })
})
