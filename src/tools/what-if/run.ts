/** `lmtp-gate what-if`: what would become of mail that is there if other policies were in force. */
import { stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { systemClock } from '../../clock.ts'
import { findConfig, loadConfig } from '../../config/config.ts'
import type { Config } from '../../config/config.ts'
import { formatProblem } from '../../decide/problem.ts'
import { loadRules } from '../../load-rules.ts'
import { clientOf, type EnvelopeOptions } from '../explain/envelope.ts'
import { givenFacts } from '../explain/given-facts.ts'
import { escaped } from '../explain/print.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { examineAll } from './crew.ts'
import type { Setup } from './examiner.ts'
import { mostThatScan, type FactsFrom } from './message-facts.ts'
import { Progress } from './progress.ts'
import { JsonOutput, TextOutput } from './output.ts'
import { exitCodeOf, type Findings } from './report.ts'
import { Counter, type Tally } from './tally.ts'
import { tasksIn, type Task, type Tasks } from './tasks.ts'
import type { Screen } from './terminal.ts'

/** As on the command line. */
export type WhatIfOptions = Pick<EnvelopeOptions, 'from' | 'to'> & {
  readonly rules: string
  readonly config?: string
  readonly client?: string
  readonly facts?: string
  readonly scan?: true
  readonly list?: true
  readonly cores?: string
  readonly json?: true
}

/** A sentence that ends it. */
class Unusable extends Error {}

/** Failures that are told without `--list`. */
const mostFailures = 20

/** `paths`: of messages, folders or files of decisions; none: the decision log. Resolves with the exit code. */
export async function whatIf(paths: readonly string[], options: WhatIfOptions, screen: Screen): Promise<0 | 1 | 2> {
  try {
    return await compareAll(paths, options, screen)
  } catch (error) {
    screen.progress('')
    if (isClosed(error)) return 1
    if (!(error instanceof Error && (error instanceof Unusable || 'code' in error))) throw error
    screen.note(error.message)
    return 1
  }
}

async function compareAll(paths: readonly string[], options: WhatIfOptions, screen: Screen): Promise<0 | 1 | 2> {
  const { json = false, list = false } = options
  const facts = factsFrom(options)
  const client = clientOf(options.client)
  if (typeof client === 'string') throw new Unusable(client)
  const config = configOf(options.config)
  const after = await folderOf(options.rules)
  for (const rules of [config.rules, after]) usable(config, rules)
  const { tasks, failures } = await tasksFor(paths, config)
  const isOfDecisions = tasks.some(({ kind }) => kind === 'decisions')
  if (isOfDecisions && isAboutMessages(options))
    throw new Unusable(
      'decisions have envelopes and facts of their own: leave out --from, --to, --client, --facts and --scan',
    )
  const { from, to } = options
  const envelope = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
  const setup = { config, before: config.rules, after, envelope, client: options.client, facts, list }
  const threads = Math.min(threadsOf(options.cores), tasks.length, facts.kind === 'scanners' ? mostThatScan : Infinity)
  const begun = systemClock.date().getTime()

  const counter = new Counter()
  const progress = new Progress(tasks, screen)
  let failed = 0
  const fail = (sentence: string): void => {
    failed += 1
    if (list || failed <= mostFailures) screen.note(escaped(sentence))
  }
  counter.counts.failed += failures.length
  failures.forEach(fail)
  const output = json ? new JsonOutput(screen, list) : new TextOutput(screen)
  await output.begin()
  const take = async (tally: Tally, task: Task): Promise<void> => {
    counter.add(tally)
    tally.failures.forEach(fail)
    if (tally.cases.length > 0) {
      progress.clear()
      await output.cases(tally.cases)
    }
    progress.done(task)
  }
  // Threads that are ended before their time leave behind what they had in there.
  const rest = temporaryFolder('what-if')
  await examineAll(tasks, { ...setup, rest: rest.path }, threads, take).finally(() => rest.remove())
  progress.clear()
  if (failed > mostFailures && !list)
    screen.note(`and ${failed - mostFailures} more could not be looked at: --list names them`)
  const findings = findingsOf(counter, setup, tasks)
  const seconds = Math.max(1, Math.round((systemClock.date().getTime() - begun) / 1000))
  const work = screen.isWatched ? `, ${threads} ${threads === 1 ? 'core' : 'cores'}, ${seconds} s` : ''
  await output.end(findings, work)
  return exitCodeOf(findings)
}

function findingsOf(
  counter: Counter,
  { facts, envelope, config }: Omit<Setup, 'rest'>,
  tasks: readonly Task[],
): Findings {
  const kinds = new Set(tasks.map(({ kind }) => kind))
  const looked = kinds.size > 1 ? 'messages and decisions' : kinds.has('messages') ? 'messages' : 'decisions'
  const { senderless } = counter.counts
  const senders = `Return-Path${senderless === 0 ? '' : ` (${senderless} without one count as bounces)`}`
  return {
    looked,
    facts: factsWords(facts, config),
    origins: kinds.has('messages')
      ? `recipients ${envelope.to === undefined ? 'by Delivered-To and X-Original-To' : 'as given'}, ` +
        `senders ${envelope.from === undefined ? `by ${senders}` : 'as given'}`
      : '',
    counts: counter.counts,
    groups: counter.groups(),
  }
}

function factsWords(facts: FactsFrom, { scanners: { spam, virus } }: Config): string {
  switch (facts.kind) {
    case 'recorded':
      return 'as recorded'
    case 'given':
      return `as given: ${escaped(facts.given)}`
    case 'scanners': {
      const names = [spam?.kind, virus?.kind].filter(name => name !== undefined)
      return names.length === 0 ? 'without scanners: none is configured' : `by ${names.join(' and ')} now`
    }
  }
}

function factsFrom({ facts, scan }: WhatIfOptions): FactsFrom {
  if (facts === undefined) return { kind: scan === true ? 'scanners' : 'recorded' }
  if (scan === true) throw new Unusable('--facts says what scanners found, --scan asks them: leave one out')
  const given = givenFacts(facts)
  if (typeof given === 'string') throw new Unusable(`--facts: ${given}`)
  return { kind: 'given', given: facts }
}

function configOf(named: string | undefined): Config {
  const loaded = loadConfig(findConfig(named, process.cwd()), process.cwd())
  if ('problems' in loaded) throw new Unusable(loaded.problems.map(formatProblem).join('\n'))
  return loaded.config
}

async function folderOf(rules: string): Promise<string> {
  const found = await stat(rules).catch(() => undefined)
  if (found === undefined) throw new Unusable(`--rules: there is no folder ${rules}`)
  if (!found.isDirectory()) throw new Unusable(`--rules: ${rules} is no folder`)
  return resolve(rules)
}

function usable(config: Config, rules: string): void {
  const loaded = loadRules({ ...config, rules }, systemClock)
  if ('problems' in loaded) throw new Unusable(loaded.problems.map(formatProblem).join('\n'))
}

async function tasksFor(paths: readonly string[], { decisions }: Config): Promise<Tasks> {
  if (paths.length === 0 && decisions === 'off')
    throw new Unusable(
      'decisions: off is in the configuration, so nothing was taken down: name messages or a folder of them',
    )
  const found = await tasksIn(paths.length === 0 && decisions !== 'off' ? [decisions.folder] : paths)
  if (found.tasks.length === 0)
    throw new Unusable([...found.failures, 'there is nothing to look at'].map(escaped).join('\n'))
  return found
}

function isAboutMessages({ from, to, client, facts, scan }: WhatIfOptions): boolean {
  return [from, to, client, facts, scan].some(option => option !== undefined)
}

function threadsOf(cores: string | undefined): number {
  if (cores === undefined) return availableParallelism()
  if (!/^[1-9]\d{0,2}$/.test(cores)) throw new Unusable(`--cores: "${cores}" is no number of threads from 1 to 999`)
  return Number(cores)
}

/** Nobody reads any more what is written. */
function isClosed(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE'
}
