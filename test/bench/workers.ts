/** What a second and a third worker bring on this machine, which client and sink share with them. */
import type { Bench, Measurement } from './bench.ts'
import { smtpSource } from './clients/smtp-source.ts'
import { inTurns, type Contender } from './in-turns.ts'
import { sameFate, usualPolicies } from './policies.ts'
import type { Row } from './row.ts'
import type { Server } from './servers/server.ts'

const sessions = 8

type Case = { readonly name: string; readonly connection: 'kept' | 'new' }

const cases: readonly Case[] = [
  { name: 'workers: 5 KB × 1', connection: 'kept' },
  { name: 'workers: 5 KB × 1, new connections', connection: 'new' },
]

export const workers: readonly Measurement[] = cases.map(work => ({
  name: work.name,
  quick: false,
  run: bench => measure(bench, work),
}))

async function measure(bench: Bench, work: Case): Promise<readonly Row[]> {
  const one = await gateWith(bench, 1)
  const two = await gateWith(bench, 2)
  const three = await gateWith(bench, 3)
  const contenders = [one, two, three].map((gate, i) => contender(gate, i + 1, work))
  const [single = [], ...more] = await inTurns(contenders, bench, { work: work.name, first: sessions * 5 })
  const rates = (samples: readonly { readonly rate: number }[]): number[] => samples.map(({ rate }) => rate)
  return more.map((samples, i) => ({
    work: `${work.name}: ${i + 2} workers`,
    quantity: 'messages/s',
    ours: rates(samples),
    beside: { name: 'one worker', samples: rates(single) },
    as: 'ratio',
    bar: undefined,
  }))
}

function gateWith({ servers }: Bench, count: number): Promise<Server> {
  return servers.gate({ name: `gate with ${count} workers`, policies: usualPolicies, more: [`workers: ${count}`] })
}

function contender({ port }: Server, count: number, { connection }: Case): Contender<object> {
  return {
    name: `${count} workers`,
    async measure(messages) {
      const load = { port, sessions, recipients: 1, domain: sameFate, size: 5_000 }
      return { rate: messages / (await smtpSource({ ...load, messages, connection })) }
    },
  }
}
