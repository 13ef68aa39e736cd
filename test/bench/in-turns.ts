/** Several contenders measured in turns, so that whatever else the machine does falls on all of them alike. */
import type { Bench } from './bench.ts'

/** One measurement of about `messages` messages. `learns`: it runs on a compiler that learns the code as it runs, and so has a longer time to warm up. */
export type Contender<T> = {
  readonly name: string
  readonly learns?: boolean
  readonly measure: (messages: number) => Promise<T & { readonly rate: number }>
}

/** The first round finds how many messages fill the time; the next two let the compiler of Node learn the code, as it has in a server that runs for days. */
const warmUps = 3
/** How much longer the last two of them are for whoever learns: after so long hardly anything is compiled any more. */
const learning = 5

/** The samples of each contender, in the order of the rounds; the first rounds do not count. */
export async function inTurns<T>(
  contenders: readonly Contender<T>[],
  { runs, seconds, progress }: Pick<Bench, 'runs' | 'seconds' | 'progress'>,
  options: { readonly work: string; readonly first: number },
): Promise<readonly (T & { readonly rate: number })[][]> {
  const entries = contenders.map(contender => ({
    contender,
    messages: options.first,
    samples: [] as (T & { rate: number })[],
  }))
  for (let round = 1 - warmUps; round <= runs; round++) {
    for (const entry of entries) {
      const isLearning = entry.contender.learns === true && round <= 0 && round > 1 - warmUps
      const sample = await entry.contender.measure(entry.messages * (isLearning ? learning : 1))
      if (round > 0) entry.samples.push(sample)
      else entry.messages = Math.max(options.first, Math.round(sample.rate * seconds))
      const counts = round > 0 ? `${round}/${runs}` : 'warming up'
      progress(`${options.work}: ${entry.contender.name} ${Math.round(sample.rate)}/s (${counts})`)
    }
  }
  return entries.map(({ samples }) => samples)
}
