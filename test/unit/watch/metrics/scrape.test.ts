/** What a scrape says after sessions whose fates are known. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { afterEach, describe, it } from 'node:test'
import { exposition } from '../../../../src/watch/metrics/exposition.ts'
import { cleanUp, later } from '../../../support/cleanup.ts'
import { Client } from '../../../support/client.ts'
import { FakeClock } from '../../../support/clock.ts'
import { startGate } from '../../../support/gate.ts'
import type { TestGate } from '../../../support/gate.ts'
import { kindly, ModelHop } from '../../../support/model-hop.ts'
import { dovecotOffers } from '../../../support/next-hop.ts'
import { readMetrics } from '../../../support/prometheus.ts'

afterEach(cleanUp)

const rules = new Map([
  ['default.yaml', 'senders: { block: [spam.example] }\nbounce_guard: quarantine\n'],
  ['example.org/carl.yaml', 'rules:\n  - { when: { detail: shop }, then: reject }\n'],
  ['example.org/eve.yaml', 'senders: { block: [spam.example], action: quarantine }\n'],
  ['example.org/fay.yaml', 'senders: { block: [spam.example], action: discard }\n'],
  ['example.org/gil.yaml', 'senders: { block: [spam.example], action: defer }\n'],
  ['example.org/hal.yaml', 'senders: { block: [spam.example], action: reject }\n'],
  ['example.org/ida.yaml', 'spam: { score: 3 }\n'],
  ['example.org/kim.yaml', 'shadow: true\nsenders: { block: [spam.example], action: discard }\n'],
  ['example.org/jan.yaml', 'size: { max: 1K }\n'],
])

type Setting = { readonly hop: ModelHop; readonly gate: TestGate; readonly clock: FakeClock }

async function setting(): Promise<Setting> {
  const hop = new ModelHop('unix', dovecotOffers)
  await hop.listen()
  later(() => hop.close())
  hop.fates = {
    ...kindly,
    rcpt: path => (path.startsWith('nobody') ? '550 5.1.1 unknown' : '250 2.1.5 ok'),
    final: path => (path.startsWith('full') ? '552 5.2.2 full' : '250 2.0.0 saved'),
  }
  const clock = new FakeClock()
  const gate = await startGate({ nextHops: [hop.endpoint], clock, rules })
  later(() => gate.close())
  return { hop, gate, clock }
}

/** Every line of a scrape with its value; no line is there twice. */
async function scrape({ gate }: Pick<Setting, 'gate'>): Promise<ReadonlyMap<string, number>> {
  const metrics = readMetrics(await exposition([gate.running.metrics()]))
  const lines = [...metrics.values()].flatMap(({ samples }) =>
    [...samples].map(([key, { value }]) => [key, value] as const),
  )
  return new Map(lines)
}

/** Those of one name, by their labels as `value/value`. */
function of(lines: ReadonlyMap<string, number>, name: string): Record<string, number> {
  const found = [...lines].filter(([key]) => key.startsWith(`${name}{`))
  return Object.fromEntries(
    found.map(([key, value]) => [Array.from(key.matchAll(/="([^"]*)"/g), ([, label]) => label).join('/'), value]),
  )
}

async function send(client: Client, sender: string, to: readonly string[], message = 'x\r\n'): Promise<void> {
  client.say(`MAIL FROM:<${sender}>`, ...to.map(path => `RCPT TO:<${path}>`))
  await client.expect(250)
  const accepted = (await client.replies(to.length)).filter(({ code }) => code === 250).length
  client.say(`BDAT ${message.length} LAST`)
  client.peer.send(message)
  await client.replies(accepted)
}

describe('a scrape', () => {
  it('counts every recipient once, by what became of him', async () => {
    const { gate } = await setting()
    const client = await Client.greet(gate.endpoint)
    const names = ['ann', 'bob', 'full', 'nobody', 'carl+shop', 'eve', 'fay', 'gil', 'hal', 'ida', 'jan', 'ann']
    const to = names.map(name => `${name}@example.org`)
    await send(client, 'x@spam.example', to, `${'x'.repeat(2000)}\r\n`)
    await send(client, 'x@fine.example', ['ann@example.org', 'bob@example.org'])
    const lines = await scrape({ gate })
    assert.deepEqual(of(lines, 'lmtp_gate_recipients_total'), {
      'RCPT/junk/senders/bounced': 1, // nobody
      'RCPT/reject/rules/bounced': 1, // carl+shop
      'RCPT/defer/senders/deferred': 1, // gil
      'RCPT/defer/broken policy/deferred': 1, // ida
      'end of data/deliver/default/sent': 2,
      'end of data/junk/senders/sent': 3, // ann twice, bob
      'end of data/junk/senders/bounced': 1, // full
      'end of data/quarantine/senders/sent': 1, // eve
      'end of data/discard/senders/sent': 1, // fay
      'end of data/quarantine/bounce_guard/sent': 1, // hal
      'end of data/reject/real size/bounced': 1, // jan
    })
    assert.equal(lines.get('lmtp_gate_bounces_suppressed_total'), 1)
    assert.equal(lines.get('lmtp_gate_in_doubt_total'), 0)
    assert.equal(lines.get('lmtp_gate_bugs_total'), 0)
    assert.equal(lines.get('lmtp_gate_settled_twice_total'), 0)
    assert.deepEqual(of(lines, 'lmtp_gate_messages_total'), {
      taken: 2,
      'too big': 0,
      'no space': 0,
      'stray newline': 0,
      'too many chunks': 0,
    })
    assert.equal(lines.get('lmtp_gate_message_bytes_total'), 2002 + 3)
    assert.equal(lines.get('lmtp_gate_sessions'), 1)
    assert.equal(lines.get('lmtp_gate_sessions_total'), 1)
    assert.equal(lines.get('lmtp_gate_next_hop_connections{state="idle"}'), 1)
    assert.equal(lines.get('lmtp_gate_spool_memory_bytes'), 0)
    assert.equal(lines.get('lmtp_gate_events_total{level="error",event="broken policy file"}'), 1)
    assert.equal(lines.get('lmtp_gate_policy_files'), 9)
    assert.equal(lines.get('lmtp_gate_policy_files_broken'), 1)
    assert.equal(lines.get('lmtp_gate_policy_reload_timestamp_seconds'), Date.UTC(2026, 10, 22, 6) / 1000)
    assert.deepEqual(of(lines, 'lmtp_gate_policy_cache_total'), { hit: 6, miss: 7 })
  })

  it('has what the README says, and nothing else', async () => {
    const { gate } = await setting()
    const readme = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8')
    const rows = readme.split('\n').filter(line => /^\| `(?:lmtp_gate|process)_/.test(line))
    const named = rows.flatMap(row => Array.from(row.split('|')[1]?.matchAll(/`(\w+)`/g) ?? [], ([, name]) => name))
    const metrics = readMetrics(await exposition([gate.running.metrics()]))
    assert.deepEqual(named.sort(), [...metrics.keys()].sort())
  })

  it('counts what would have been but for a trial', async () => {
    const { gate } = await setting()
    const client = await Client.greet(gate.endpoint)
    await send(client, 'x@spam.example', ['kim@example.org', 'fay@example.org'])
    await send(client, 'x@fine.example', ['kim@example.org'])
    const lines = await scrape({ gate })
    assert.deepEqual(of(lines, 'lmtp_gate_shadow_verdicts_total'), { 'discard/senders': 1 })
    assert.equal(of(lines, 'lmtp_gate_recipients_total')['end of data/discard/senders/sent'], 1)
  })

  it('says how long each phase took', async () => {
    const { gate, clock, hop } = await setting()
    const client = await Client.greet(gate.endpoint)
    hop.send = (peer, octets) => {
      if (octets.includes('saved')) clock.advance(40)
      peer.send(octets)
      return Promise.resolve()
    }
    client.say('MAIL FROM:<x@fine.example>', 'RCPT TO:<ann@example.org>', 'RCPT TO:<bob@example.org>')
    await client.replies(3)
    clock.advance(300)
    client.say('BDAT 2 LAST')
    client.peer.send('\r\n')
    await client.replies(2)
    const lines = await scrape({ gate })
    const at = (phase: string, le: string): number | undefined =>
      lines.get(`lmtp_gate_delay_seconds_bucket{phase="${phase}",le="${le}"}`)
    assert.deepEqual([at('receive', '0.25'), at('receive', '0.5'), at('receive', '+Inf')], [0, 2, 2])
    assert.deepEqual([at('deliver', '0.05'), at('deliver', '0.1'), at('deliver', '+Inf')], [0, 2, 2])
    assert.equal(lines.get('lmtp_gate_delay_seconds_sum{phase="receive"}'), 0.6)
    const endpoint = hop.endpoint.kind === 'unix' ? `unix:${hop.endpoint.path}` : ''
    assert.equal(lines.get(`lmtp_gate_next_hop_seconds_count{next_hop="${endpoint}"}`), 2)
    assert.equal(lines.get(`lmtp_gate_next_hop_up{next_hop="${endpoint}"}`), 1)
  })

  it('tells what is in doubt, and that the connection broke', async () => {
    const { gate, hop } = await setting()
    hop.fault = ({ stage }) =>
      stage !== 'final'
        ? undefined
        : peer => {
            peer.finish()
            return Promise.resolve('over')
          }
    const client = await Client.greet(gate.endpoint)
    await send(client, 'x@fine.example', ['ann@example.org'])
    const lines = await scrape({ gate })
    assert.equal(lines.get('lmtp_gate_in_doubt_total'), 1)
    assert.equal(of(lines, 'lmtp_gate_recipients_total')['end of data/deliver/default/deferred'], 1)
    assert.equal(lines.get('lmtp_gate_next_hop_connections_broken_total{how="lost"}'), 1)
    assert.equal(lines.get('lmtp_gate_next_hop_connections{state="idle"}'), 0)
  })

  it('has no more lines for names that a stranger or a policy chose', async () => {
    const { gate } = await setting()
    const client = await Client.greet(gate.endpoint)
    await send(client, 'x@spam.example', ['ann@example.org', 'nobody@example.org'])
    const before = await scrape({ gate })
    for (let i = 0; i < 60; i += 1) {
      const odd = `"a\\"} 1${'x'.repeat(i)}"`
      await send(client, `${odd}@spam.example`, [`${odd}@h${i}.example`, `nobody${i}@example.org`])
      await client.ask(`VRFY ${odd}`)
    }
    const after = await scrape({ gate })
    assert.deepEqual([...after.keys()], [...before.keys()])
    assert.equal(of(after, 'lmtp_gate_recipients_total')['RCPT/junk/senders/bounced'], 61)
  })

  it('adds up what several processes say', async () => {
    const { gate } = await setting()
    const client = await Client.greet(gate.endpoint)
    await send(client, 'x@fine.example', ['ann@example.org'])
    const [one, two] = [gate.running.metrics(), gate.running.metrics()]
    const sum = readMetrics(await exposition([one, two]))
    const value = (name: string, key = name): number | undefined => sum.get(name)?.samples.get(key)?.value
    assert.equal(value('lmtp_gate_sessions_total'), 2)
    assert.equal(value('lmtp_gate_message_bytes_total'), 6)
    assert.deepEqual(
      [...(sum.get('lmtp_gate_next_hop_up')?.samples.values() ?? [])].map(({ value }) => value),
      [1],
    )
  })
})
