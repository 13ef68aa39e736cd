/** How much memory the gate takes at most when many large messages come at once. */
import { startClamd } from '../real/support/clamd.ts'
import { startRspamd } from '../real/support/rspamd.ts'
import type { Bench, Measurement } from './bench.ts'
import { usualPolicies } from './policies.ts'
import { atMost, type Row } from './row.ts'
import { memory } from './servers/proc.ts'
import type { Server } from './servers/server.ts'

const MB = 1024 * 1024
const one = { kind: 'same', count: 1, domain: 'example.test' } as const
/** A little less than rspamd's own limit. */
const size = 49 * MB

export const memoryPeaks: readonly Measurement[] = [
  { name: 'memory: 50 × 50 MB', quick: false, run: manySessions },
  { name: 'memory: 20 × 50 MB in the scanners', quick: false, run: inTheScanners },
]

async function manySessions(bench: Bench): Promise<readonly Row[]> {
  const gate = await bench.servers.gate({ name: 'usual gate', policies: usualPolicies })
  return [await peak(bench, { work: 'memory: 50 × 50 MB', gate, sessions: 50, bar: 250 })]
}

async function inTheScanners(bench: Bench): Promise<readonly Row[]> {
  const limits = { StreamMaxLength: '100M', MaxFileSize: '100M', MaxScanSize: '200M', MaxThreads: '20' }
  const clamd = await startClamd(bench.site, limits)
  const rspamd = await startRspamd(bench.site)
  const gate = await bench.servers.gate({
    name: 'gate with both scanners',
    policies: { default: 'virus: { action: quarantine, down: deliver }\nspam: { junk: 6 }\n' },
    more: [
      'scanners:',
      `  clamd: { endpoint: inet:127.0.0.1:${clamd.endpoint.port}, limit: 100MB }`,
      `  rspamd: "http://127.0.0.1:${rspamd.endpoint.port}"`,
    ],
  })
  return [await peak(bench, { work: 'memory: 20 × 50 MB in the scanners', gate, sessions: 20, bar: 400 })]
}

type Crowd = { readonly work: string; readonly gate: Server; readonly sessions: number; readonly bar: number }

/** Every session hands over one message, all at once; what counts is the largest sum of PSS that was seen. */
async function peak({ client, progress }: Bench, { work, gate, sessions, bar }: Crowd): Promise<Row> {
  let highest = 0
  const timer = setInterval(() => {
    const now = memory(gate.group ?? 0).pss / MB
    highest = Math.max(highest, now)
    progress(`${work}: ${Math.round(now)} MB now, ${Math.round(highest)} MB at most`)
  }, 100)
  const target = { protocol: 'lmtp', port: gate.port, sessions, recipients: one } as const
  try {
    await client.send({ ...target, content: { kind: 'text', size }, pace: { kind: 'closed', messages: sessions } })
  } finally {
    clearInterval(timer)
  }
  return { work, quantity: 'MB', ours: [highest], beside: undefined, as: 'itself', bar: atMost(bar) }
}
