/** A million messages: does the gate keep anything that it should forget? */
import { setTimeout as pause } from 'node:timers/promises'
import type { Bench, Measurement } from './bench.ts'
import { smtpSource } from './clients/smtp-source.ts'
import { sameFate, tenFates, usualPolicies } from './policies.ts'
import { atMost, type Row } from './row.ts'
import { memory } from './servers/proc.ts'
import type { Resources } from './servers/resources.ts'
import { median } from './statistics.ts'

const work = 'soak'
const steps = 12
const sessions = 8
const MB = 1024 * 1024

export function soak(messages: number): Measurement {
  return { name: work, quick: false, run: bench => run(bench, messages) }
}

async function run(bench: Bench, messages: number): Promise<readonly Row[]> {
  const { servers, progress } = bench
  const gate = await servers.gate({ name: 'soaked gate', policies: usualPolicies, probed: true })
  const begun = performance.now()
  await mixture(bench, gate.port, 2_000)
  const before = await atRest(gate.resources)
  const series: number[] = []
  for (let step = 1; step <= steps; step++) {
    await mixture(bench, gate.port, Math.ceil(messages / steps))
    series.push(memory(gate.group ?? 0).pss / MB)
    const minutes = Math.round((performance.now() - begun) / 60_000)
    progress(
      `${work}: ${step}/${steps} of ${messages} messages in ${minutes} min, ${Math.round(series.at(-1) ?? 0)} MB`,
    )
  }
  const after = await atRest(gate.resources)
  const third = (from: number): number => median(series.slice(from, from + steps / 3))
  const middle = third(steps / 3)
  const growth: Row = {
    work: `${work} of ${messages} messages: memory at the end`,
    quantity: 'MB',
    ours: [third((2 * steps) / 3)],
    beside: { name: 'in the middle', samples: [middle] },
    as: 'ratio',
    bar: atMost(1.1),
  }
  return [growth, ...kinds.map(kind => leftOver(kind, before, after))]
}

const kinds = ['descriptors', 'connections', 'files', 'timers'] as const

function leftOver(kind: keyof Resources, before: Resources, after: Resources): Row {
  const beside = { name: 'before', samples: [before[kind]] }
  return {
    work: `${work}: ${kind}`,
    quantity: 'left over',
    ours: [after[kind]],
    beside,
    as: 'difference',
    bar: atMost(0),
  }
}

/** Mostly small ones over kept connections, some to ten recipients with ten fates, some too large for memory, some on connections of their own. */
async function mixture({ client }: Bench, port: number, messages: number): Promise<void> {
  const some = Math.ceil(messages / 50)
  const send = (count: number, size: number, recipients: number, domain = sameFate): Promise<unknown> =>
    client.send({
      protocol: 'lmtp',
      port,
      sessions,
      recipients: { kind: 'same', count: recipients, domain },
      content: { kind: 'text', size },
      pace: { kind: 'closed', messages: count },
    })
  await send(messages - 2 * some - Math.ceil(some / 10), 5_000, 2)
  await send(some, 5_000, 10, tenFates)
  await send(Math.ceil(some / 10), 2_000_000, 1)
  const load = { port, sessions, recipients: 1, domain: sameFate, size: 5_000, messages: some }
  await smtpSource({ ...load, connection: 'new' })
}

/** When the same was seen twice in a row, some seconds apart: connections to the next hop are kept for a while. */
async function atRest(look: () => Promise<Resources>): Promise<Resources> {
  for (let last = ''; ;) {
    const now = await look()
    if (JSON.stringify(now) === last) return now
    last = JSON.stringify(now)
    await pause(5_000)
  }
}
