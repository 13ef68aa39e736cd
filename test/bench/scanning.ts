/** A scanner in the path: what of its speed is left through the gate, and that many recipients cost one scan. */
import { randomBytes } from 'node:crypto'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startClamd, withAttachment, zipped } from '../real/support/clamd.ts'
import { startRspamd } from '../real/support/rspamd.ts'
import type { Site } from '../real/support/site.ts'
import type { Bench, Measurement } from './bench.ts'
import { localPart, type Load, type Protocol, type Recipients } from './clients/load.ts'
import type { Content } from './clients/outline.ts'
import { inTurns, type Contender } from './in-turns.ts'
import { atLeast, atMost, type Row } from './row.ts'

/** Both sides have as many at a time; no more than the gate sends to one scanner. */
const sessions = 8

export const scanning: readonly Measurement[] = [
  { name: 'clamd in the path', quick: true, run: clamdInThePath },
  { name: 'clamd in the path, 5 KB', quick: true, run: clamdBesideAmavis },
  { name: 'rspamd in the path', quick: false, run: rspamdInThePath },
  { name: '20 recipients with 20 thresholds', quick: false, run: twentyThresholds },
]

async function clamdInThePath({ site, ...bench }: Bench): Promise<readonly Row[]> {
  // Unpacked contents would be known from the message before.
  const clamd = await startClamd(site, { DisableCache: 'yes', MaxThreads: String(sessions) })
  const gate = await bench.servers.gate({
    name: 'gate with clamd',
    policies: { default: 'virus: { action: quarantine }\n' },
    more: [`scanners: { clamd: inet:127.0.0.1:${clamd.endpoint.port} }`],
  })
  const content = { kind: 'file', path: nestedZip(site, 6_000_000) } as const
  await warmUp(bench, gate.port, { kind: 'file', path: nestedZip(site, 1_000) })
  const direct = { protocol: 'instream', port: clamd.endpoint.port, name: 'plain INSTREAM clients' } as const
  return besideDirect({ site, ...bench }, { work: 'clamd in the path', gate: gate.port, direct, content, bar: 0.95 })
}

async function clamdBesideAmavis({ site, ...bench }: Bench): Promise<readonly Row[]> {
  const work = 'clamd in the path, 5 KB'
  const clamd = await startClamd(site, { DisableCache: 'yes', MaxThreads: String(sessions) })
  const amavis = await bench.servers.amavis(clamd.endpoint.port)
  if (amavis === undefined) return []
  const gate = await bench.servers.gate({
    name: 'gate with clamd for 5 KB',
    policies: { default: 'virus: { action: quarantine }\n' },
    more: [`scanners: { clamd: inet:127.0.0.1:${clamd.endpoint.port} }`],
  })
  const base = {
    protocol: 'lmtp',
    sessions,
    recipients: recipients(1),
    content: { kind: 'text', size: 5_000 },
  } as const
  const contenders = [gate, amavis].map(({ name, port }) => contender({ site, ...bench }, name, { ...base, port }))
  const [ours = [], theirs = []] = await inTurns(contenders, bench, { work, first: sessions * 5 })
  const beside = { name: amavis.name, samples: rates(theirs) }
  return [{ work, quantity: 'messages/s', ours: rates(ours), beside, as: 'ratio', bar: atLeast(3) }]
}

async function rspamdInThePath(bench: Bench): Promise<readonly Row[]> {
  const rspamd = await startWorkingRspamd(bench.site)
  const gate = await bench.servers.gate({
    name: 'gate with rspamd',
    policies: { default: 'spam: { junk: 6 }\n' },
    more: [`scanners: { rspamd: "http://127.0.0.1:${rspamd.port}" }`],
  })
  const direct = { protocol: 'checkv2', port: rspamd.port, name: 'plain HTTP clients' } as const
  const content = { kind: 'text', size: 30_000, subject: 'score 1' } as const
  await warmUp(bench, gate.port, { ...content, size: 500 })
  return besideDirect(bench, { work: 'rspamd in the path', gate: gate.port, direct, content, bar: 0.9 })
}

type Beside = {
  readonly work: string
  readonly gate: number
  readonly direct: { readonly name: string; readonly protocol: Protocol; readonly port: number }
  readonly content: Content
  readonly bar: number
}

async function besideDirect(bench: Bench, { work, gate, direct, content, bar }: Beside): Promise<readonly Row[]> {
  const base = { sessions, recipients: recipients(1), content }
  const contenders = [
    contender(bench, 'lmtp-gate', { ...base, protocol: 'lmtp', port: gate }),
    contender(bench, direct.name, { ...base, ...direct }),
    contender(bench, 'one at a time', { ...base, ...direct, sessions: 1 }),
  ]
  const [ours = [], theirs = [], alone = []] = await inTurns(contenders, bench, {
    work,
    first: Math.ceil(sessions * Math.min(10, 5 * bench.seconds)),
  })
  return [
    {
      work,
      quantity: 'messages/s',
      ours: rates(ours),
      beside: { name: direct.name, samples: rates(theirs) },
      as: 'ratio',
      bar: atLeast(bar),
    },
    {
      work: `${work}: one scan alone`,
      quantity: 'ms',
      ours: alone.map(({ p50 }) => p50),
      beside: undefined,
      as: 'itself',
      bar: atLeast(20),
    },
  ]
}

/** One message after the other, so that nothing but the gate's own work can make many recipients slower; all is discarded, so none is delivered. */
async function twentyThresholds(bench: Bench): Promise<readonly Row[]> {
  const work = '20 recipients with 20 thresholds'
  const rspamd = await startWorkingRspamd(bench.site)
  const thresholds = Array.from({ length: 20 }, (_, i) => [
    `example.test/${localPart(i + 1)}`,
    `spam: { discard: ${i + 1} }\n`,
  ])
  const gate = await bench.servers.gate({
    name: 'gate with thresholds',
    policies: { default: 'spam: { discard: 5 }\n', ...(Object.fromEntries(thresholds) as Record<string, string>) },
    more: [`scanners: { rspamd: "http://127.0.0.1:${rspamd.port}" }`],
  })
  const content = { kind: 'text', size: 30_000, subject: 'score 30' } as const
  const base = { protocol: 'lmtp', port: gate.port, sessions: 1, content } as const
  const contenders = [20, 1].map(count => {
    const sender = contender(bench, `${count} recipients`, { ...base, recipients: recipients(count) })
    return { ...sender, measure: counted(rspamd, sender.measure) }
  })
  const [twenty = [], one = []] = await inTurns(contenders, bench, { work, first: 10 })
  return [
    {
      work,
      quantity: 'ms',
      ours: twenty.map(({ p50 }) => p50),
      beside: { name: 'one recipient', samples: one.map(({ p50 }) => p50) },
      as: 'ratio',
      bar: atMost(1.3),
    },
    {
      work,
      quantity: 'scans',
      ours: twenty.map(({ scans }) => scans),
      beside: undefined,
      as: 'itself',
      bar: atMost(1),
    },
  ]
}

function recipients(count: number): Recipients {
  return { kind: 'same', count, domain: 'example.test' }
}

type Sample = { readonly rate: number; readonly p50: number }

function contender({ client }: Bench, name: string, load: Omit<Load, 'pace'>): Contender<Sample> {
  return {
    name,
    async measure(messages) {
      const measured = await client.send({ ...load, pace: { kind: 'closed', messages } })
      return { rate: measured.messages / measured.seconds, p50: measured.latency.p50 }
    },
  }
}

function rates(samples: readonly Sample[]): readonly number[] {
  return samples.map(({ rate }) => rate)
}

/** With the number of scans for each message. */
function counted(
  { scans }: WorkingRspamd,
  measure: Contender<Sample>['measure'],
): Contender<Sample & { readonly scans: number }>['measure'] {
  return async messages => {
    const before = scans()
    const sample = await measure(messages)
    return { ...sample, scans: (scans() - before) / messages }
  }
}

type WorkingRspamd = { readonly port: number; readonly scans: () => number }

/** Its rule reckons a hash so often that a scan takes what a real one does, and leaves an octet in a file for each scan. */
async function startWorkingRspamd(site: Site): Promise<WorkingRspamd> {
  const tally = join(site.folder(), `scans-${randomBytes(4).toString('hex')}`)
  writeFileSync(tally, '')
  const rspamd = await startRspamd(site, '', workingRule(tally))
  return { port: rspamd.endpoint.port, scans: () => statSync(tally).size }
}

function workingRule(tally: string): string {
  return `
local hash = require 'rspamd_cryptobox_hash'
rspamd_config:register_symbol({
  name = 'TEST_WORK',
  type = 'normal',
  callback = function(task)
    for i = 1, 700 do hash.create(task:get_content()):hex() end
    local tally = io.open('${tally}', 'a')
    tally:write('x')
    tally:close()
  end
})
`
}

/** At forty messages a second Node's compiler would not be done within any of the measurements: `content` is scanned in a moment. */
async function warmUp({ client }: Pick<Bench, 'client'>, port: number, content: Content): Promise<void> {
  const load = { protocol: 'lmtp', port, sessions, recipients: recipients(1), content } as const
  await client.send({ ...load, pace: { kind: 'closed', messages: 10_000 } })
}

/** A file of a message with a zip in a zip of about 30 KB, with much to look at in it. */
function nestedZip(site: Site, octets: number): string {
  const repeated = Buffer.alloc(octets, randomBytes(64))
  const zip = zipped(Buffer.concat([repeated, randomBytes(20_000)]), 2)
  const path = join(site.folder(), `nested-zip-${octets}.eml`)
  writeFileSync(path, withAttachment('bench', 'nested.zip', zip))
  return path
}
