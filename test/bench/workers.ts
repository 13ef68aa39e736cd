/** What a second and a third worker bring on this machine, which client and sink share with them. */
import type { Bench, Measurement } from './bench.ts'
import { cases, type Case } from './cases.ts'
import { inTurns, type Contender } from './in-turns.ts'
import { usualPolicies } from './policies.ts'
import type { Row } from './row.ts'
import { send, sessions } from './send.ts'
import type { Server } from './servers/server.ts'

export const workers: readonly Measurement[] = cases
  .filter(({ withWorkers }) => withWorkers)
  .map(work => ({ name: `workers: ${work.name}`, quick: false, run: bench => measure(bench, work) }))

async function measure(bench: Bench, work: Case): Promise<readonly Row[]> {
  const name = `workers: ${work.name}`
  const one = await gateWith(bench, 1)
  const two = await gateWith(bench, 2)
  const three = await gateWith(bench, 3)
  const contenders = [one, two, three].map((gate, i) => contender(bench, work, gate, i + 1))
  const [single = [], ...more] = await inTurns(contenders, bench, { work: name, first: sessions * 5 })
  const rates = (samples: readonly { readonly rate: number }[]): number[] => samples.map(({ rate }) => rate)
  return more.map((samples, i) => ({
    work: `${name}: ${i + 2} workers`,
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

function contender(bench: Bench, work: Case, server: Server, count: number): Contender<object> {
  return {
    name: `${count} workers`,
    learns: true,
    async measure(messages) {
      return { rate: messages / (await send(bench, work, server, messages)) }
    },
  }
}
