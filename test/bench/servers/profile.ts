/** Where a gate's processor time went: the functions that took most of it themselves, from the profile that Node wrote at its end. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** As `node --cpu-prof` writes it; times in µs. */
type Profile = {
  readonly nodes: readonly { readonly id: number; readonly callFrame: Frame }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

type Frame = { readonly functionName: string; readonly url: string; readonly lineNumber: number }

/** One line for each of the first functions, with its share of the time that was not idle. */
export function busiest(folder: string, count = 20): readonly string[] {
  const spent = new Map<string, number>()
  for (const name of readdirSync(folder).filter(each => each.endsWith('.cpuprofile'))) {
    const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Profile
    const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
    for (const [i, id] of samples.entries()) {
      const name = names.get(id) ?? ''
      spent.set(name, (spent.get(name) ?? 0) + (timeDeltas[i] ?? 0))
    }
  }
  const busy = [...spent].filter(([name]) => name !== '(idle)' && name !== '(program)')
  const all = busy.reduce((sum, [, time]) => sum + time, 0)
  return busy
    .sort(([, one], [, other]) => other - one)
    .slice(0, count)
    .map(([name, time]) => `${((100 * time) / all).toFixed(1).padStart(5)} %  ${name}`)
}

function nameOf({ functionName, url, lineNumber }: Frame): string {
  const file = url.replace(/^.*\/(?=dist\/|node_modules\/)|^node:/, '')
  return `${functionName === '' ? '(anonymous)' : functionName}${file === '' ? '' : ` ${file}:${lineNumber + 1}`}`
}
