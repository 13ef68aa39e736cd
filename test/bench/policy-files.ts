/** Whether it costs anything to have a policy file for each of 100 000 persons, and how much memory. */
import type { Bench, Measurement } from './bench.ts'
import { person } from './clients/load.ts'
import { inTurns, type Contender } from './in-turns.ts'
import { atLeast, atMost, type Row } from './row.ts'
import { memory } from './servers/proc.ts'
import type { Server } from './servers/server.ts'

const work = '100 000 policy files, random recipients'
const persons = 100_000
const sessions = 8

export const policyFiles: readonly Measurement[] = [{ name: work, quick: false, run }]

async function run(bench: Bench): Promise<readonly Row[]> {
  const { servers, progress } = bench
  progress(`${work}: writing them`)
  const many = await servers.gate({ name: 'gate with 100 000 files', policies: Object.fromEntries(files()) })
  const few = await servers.gate({ name: 'gate with one file', policies: { default: wishes(1) } })
  for (const server of [many, few]) await useEach(bench, server)
  const contenders = [contender(bench, many, '100 000 files'), contender(bench, few, 'one file')]
  const [ours = [], theirs = []] = await inTurns(contenders, bench, { work, first: 1_000 })
  const rates = (samples: readonly { readonly rate: number }[]): number[] => samples.map(({ rate }) => rate)
  const beside = { name: 'one file', samples: rates(theirs) }
  const held = memory(many.group ?? 0).pss / 1024 ** 2
  return [
    { work, quantity: 'messages/s', ours: rates(ours), beside, as: 'ratio', bar: atLeast(0.9) },
    { work: `${work}: memory`, quantity: 'MB', ours: [held], beside: undefined, as: 'itself', bar: atMost(500) },
  ]
}

/** A mail server runs for days: mail has come for everybody. */
async function useEach({ client, progress }: Bench, { port }: Server): Promise<void> {
  progress(`${work}: one message to each person`)
  const together = 10
  await client.send({
    protocol: 'lmtp',
    port,
    sessions: 1,
    recipients: { kind: 'in turn', count: together, among: persons },
    content: { kind: 'text', size: 1_000 },
    pace: { kind: 'closed', messages: persons / together },
  })
}

function* files(): Generator<[string, string]> {
  for (let number = 0; number < persons; number++) {
    const { local, domain } = person(number)
    yield [`${domain}/${local}`, wishes(number)]
  }
}

/** Another file for each, but one fate for all. */
function wishes(number: number): string {
  return `
size: { max: ${10 + (number % 90)}MB }
rules:
  - { name: "sold to ${number}", when: { detail: "shop${number}" }, then: reject, text: "5.1.1 This address is no longer used" }
  - { when: { sender: [offers${number}.test, "*.top"] }, then: junk }
`
}

function contender({ client }: Bench, { port }: Server, name: string): Contender<object> {
  return {
    name,
    async measure(messages) {
      const measured = await client.send({
        protocol: 'lmtp',
        port,
        sessions,
        recipients: { kind: 'random', among: persons },
        content: { kind: 'text', size: 5_000 },
        pace: { kind: 'closed', messages },
      })
      return { rate: measured.messages / measured.seconds }
    },
  }
}
