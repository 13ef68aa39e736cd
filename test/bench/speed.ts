/** Measures every target with every load in turns, so that whatever else the machine does falls on all of them alike. */
import type { Case } from './cases.ts'
import { send } from './load.ts'
import { processorTime } from './proc.ts'
import type { Target, TargetName } from './targets.ts'

/** `rate` in messages per second, `processor` in microseconds per message (undefined without a proxy); medians over `rates`. */
export type Result = {
  readonly case: string
  readonly target: TargetName
  readonly rate: number
  readonly processor: number | undefined
  readonly rates: readonly number[]
}

type Sample = { readonly rate: number; readonly processor: number | undefined }

/** The first round finds how many messages fill the time; the next two let the compiler of Node learn the code, as it has in a server that runs for days. */
const warmUps = 3

/** Each measurement takes about `seconds`. `progress` is told of each one. */
export async function measureSpeed(
  cases: readonly Case[],
  targets: readonly Target[],
  options: { readonly runs: number; readonly seconds: number; readonly progress: (line: string) => void },
): Promise<readonly Result[]> {
  const pairs = cases.flatMap(work => targets.map(target => ({ work, target, messages: 0, samples: [] as Sample[] })))
  const rounds = options.runs + warmUps
  let done = 0
  for (let round = 1; round <= rounds; round++) {
    for (const pair of pairs) {
      const messages = round === 1 ? pair.work.sessions * 25 : pair.messages
      const sample = await measure(pair.work, pair.target, messages)
      if (round <= warmUps) pair.messages = Math.max(messages, Math.round(sample.rate * options.seconds))
      else pair.samples.push(sample)
      done += 1
      const name = `${pair.target.name}, ${pair.work.name}`
      const counts = round <= warmUps ? ' (does not count)' : ''
      options.progress(`[${done}/${pairs.length * rounds}] ${name}: ${Math.round(sample.rate)}/s${counts}`)
    }
  }
  return pairs.map(({ work, target, samples }) => ({
    case: work.name,
    target: target.name,
    rate: median(samples.map(({ rate }) => rate)),
    processor: target.group === undefined ? undefined : median(samples.map(({ processor }) => processor ?? 0)),
    rates: samples.map(({ rate }) => Math.round(rate)),
  }))
}

async function measure(work: Case, target: Target, messages: number): Promise<Sample> {
  const before = target.group === undefined ? 0 : processorTime(target.group)
  const measured = await send({ ...work, port: target.port, messages })
  const processor = target.group === undefined ? undefined : (processorTime(target.group) - before) / messages
  return { rate: messages / measured.seconds, processor }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const [low = 0, high = low] = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1)
  return (low + high) / 2
}
