/** The parts that a quarantine command needs, from the configuration. Each resolves with the exit code. */
import { addressOf, originalRecipient } from '../../address.ts'
import { systemClock } from '../../clock.ts'
import { findConfig, loadConfig } from '../../config/config.ts'
import type { Config } from '../../config/config.ts'
import { formatProblem } from '../../decide/problem.ts'
import { Shelf } from '../../deliver/quarantine/shelf.ts'
import { loadRules } from '../../load-rules.ts'
import type { Recipient } from '../../transaction.ts'
import { expire, release, remove } from './act.ts'
import type { Choice } from './act.ts'
import { filterOf } from './filter.ts'
import type { Filter, FilterOptions } from './filter.ts'
import { list, show } from './look.ts'
import { openRoutes } from './routes.ts'
import { standardOutput } from './output.ts'
import type { Output } from './output.ts'

export type CommonOptions = { readonly config?: string; readonly json?: true }

/** The command line itself is wrong. */
const usage = 2

type Task = (shelf: Shelf, config: Config, out: Output, json: boolean) => Promise<number>

export function runList(options: CommonOptions & FilterOptions): Promise<number> {
  return withFilter(options, filter => run(options, (shelf, _, out, json) => list(shelf, filter, json, out)))
}

export function runShow(id: string, options: CommonOptions & { readonly raw?: true }): Promise<number> {
  return run(options, (shelf, _, out, json) => show(shelf, id, { json, raw: options.raw === true }, out))
}

export function runRelease(ids: readonly string[], options: CommonOptions & FilterOptions): Promise<number> {
  return withChoice(ids, options, choice =>
    run(options, async (shelf, config, out, json) => {
      const rules = loadRules(config, systemClock)
      if ('problems' in rules) return complain(rules.problems.map(formatProblem).join('\n'), 1)
      const { routes, close } = await openRoutes(config, systemClock)
      const nextHopFor = (recipient: Recipient) => {
        const found = rules.current.policyFor(addressOf(recipient.path), originalRecipient(recipient.params))
        return 'policy' in found ? routes.to(found.policy.nextHop?.value) : undefined
      }
      try {
        return await release(shelf, choice, { nextHopFor, clock: systemClock, name: config.name }, json, out)
      } finally {
        await close()
      }
    }),
  )
}

export function runDelete(ids: readonly string[], options: CommonOptions & FilterOptions): Promise<number> {
  return withChoice(ids, options, choice => run(options, (shelf, _, out, json) => remove(shelf, choice, json, out)))
}

export function runExpire(options: CommonOptions): Promise<number> {
  return run(options, (shelf, { quarantine }, out, json) =>
    expire(shelf, quarantine.size, systemClock.date().getTime(), json, out),
  )
}

async function run({ config: named, json }: CommonOptions, task: Task): Promise<number> {
  const loaded = loadConfig(findConfig(named, process.cwd()), process.cwd())
  if ('problems' in loaded) return complain(loaded.problems.map(formatProblem).join('\n'), 1)
  const { config } = loaded
  try {
    return await task(new Shelf(config.quarantine.folder), config, standardOutput(), json === true)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    return complain(`quarantine: ${error.message}`, 1)
  }
}

async function withFilter(options: FilterOptions, task: (filter: Filter) => Promise<number>): Promise<number> {
  const filter = filterOf(options, systemClock.date().getTime())
  return typeof filter === 'string' ? complain(filter, usage) : await task(filter)
}

async function withChoice(
  ids: readonly string[],
  options: FilterOptions,
  task: (choice: Choice) => Promise<number>,
): Promise<number> {
  const { to, from, reason, since, olderThan } = options
  const isFiltered = [to, from, reason, since, olderThan].some(option => option !== undefined)
  if (ids.length > 0 && isFiltered) return complain('Name ids or say which ones by options, not both.', usage)
  if (ids.length > 0) return await task({ ids })
  if (!isFiltered)
    return complain('Which ones? Name ids, or say it by --to, --from, --reason, --since, --older-than.', usage)
  return await withFilter(options, filter => task({ filter }))
}

function complain(sentence: string, code: number): number {
  process.stderr.write(`${sentence}\n`)
  return code
}
