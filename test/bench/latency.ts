/** How much longer a message takes through the gate than without, when messages come one by one. */
import type { Bench, Measurement } from './bench.ts'
import { inTurns, type Contender } from './in-turns.ts'
import { sameFate, usualPolicies } from './policies.ts'
import { atMost, type Row } from './row.ts'
import type { Load } from './clients/load.ts'
import type { Server } from './servers/server.ts'

const work = 'latency added at 200 messages/s'
const rate = 200
/** As many as Postfix has deliveries to one destination at a time. */
const sessions = 20
/** Messages before anything counts. */
const learning = 20_000
/** In ms over no proxy. */
const bars = { p50: atMost(0.5), p99: atMost(4) }

export const latency: readonly Measurement[] = [{ name: work, quick: true, run }]

type Sample = { readonly rate: number; readonly p50: number; readonly p99: number }

async function run(bench: Bench): Promise<readonly Row[]> {
  const { servers } = bench
  const none = await servers.sink()
  const gate = await servers.gate({ name: 'usual gate', policies: usualPolicies })
  const dovecot = await servers.dovecotProxy()
  // At this rate Node's compiler would take an hour to learn what a mail server knows after its first busy minute.
  await bench.client.send({ ...load(gate.port), pace: { kind: 'closed', messages: learning } })
  const present = [none, gate, dovecot].filter(server => server !== undefined)
  const longer = { ...bench, seconds: bench.seconds * 2.5 }
  const [base = [], ...proxies] = await inTurns(
    present.map(server => contender(bench, server)),
    longer,
    { work, first: rate },
  )
  const [ours = [], theirs] = proxies
  return (['p50', 'p99'] as const).flatMap(percent => {
    const added = (samples: readonly Sample[]): Row['ours'] => samples.map(sample => sample[percent])
    const row = { quantity: 'ms', beside: { name: none.name, samples: added(base) }, as: 'difference' } as const
    const own: Row = { ...row, work: `${work}, ${percent}`, ours: added(ours), bar: bars[percent] }
    if (theirs === undefined) return [own]
    return [own, { ...row, work: `the same by Dovecot's proxy, ${percent}`, ours: added(theirs), bar: undefined }]
  })
}

function contender({ client }: Bench, { name, port }: Server): Contender<Sample> {
  return {
    name,
    async measure(messages) {
      const measured = await client.send({ ...load(port), pace: { kind: 'open', rate, seconds: messages / rate } })
      return { rate: measured.messages / measured.seconds, ...measured.latency }
    },
  }
}

function load(port: number): Omit<Load, 'pace'> {
  return {
    protocol: 'lmtp',
    port,
    sessions,
    recipients: { kind: 'same', count: 1, domain: sameFate },
    content: { kind: 'text', size: 5_000 },
  }
}
