/** `lmtp-gate serve`: reads the configuration, starts the gate, runs until a signal, and lets running transactions finish. */
import { systemClock } from './clock.ts'
import { findConfig, loadConfig } from './config/config.ts'
import type { Config } from './config/config.ts'
import { formatProblem } from './decide/problem.ts'
import type { Problem } from './decide/problem.ts'
import { RulesWatch } from './decide/reload/rules-watch.ts'
import { watchFolder } from './decide/reload/watch-folder.ts'
import { endpointText } from './deliver/endpoint.ts'
import { loadRules, startGate } from './parts.ts'
import type { Running, Surroundings } from './parts.ts'
import { version } from './version.ts'
import { openWatch } from './watch/endpoint.ts'
import type { OpenWatch, Watched } from './watch/endpoint.ts'
import { problemText } from './watch/log.ts'
import type { Log } from './watch/log.ts'
import { exposition } from './watch/metrics/exposition.ts'
import { Metrics } from './watch/metrics/metrics.ts'
import { openLog } from './watch/open-log.ts'
import { logRules } from './watch/rules-events.ts'

/** `named`: the file given on the command line. Resolves with the exit code, once everything is closed. */
export async function serve(named: string | undefined): Promise<number> {
  const loaded = loadConfig(findConfig(named, process.cwd()), process.cwd())
  if ('problems' in loaded) return printed(loaded.problems)
  const { config } = loaded
  const metrics = new Metrics()
  const log = metrics.counted(openLog(config.log.format, systemClock))
  const rules = loadRules(config, systemClock, event => logRules(log, event))
  if ('problems' in rules) return printed(rules.problems)
  endOnBug(log)
  for (const warning of loaded.warnings) log.event('warning', 'configuration', { problem: problemText(warning) })
  for (const warning of rules.warnings) log.event('warning', 'policy', { problem: problemText(warning) })
  const rulesWatch = new RulesWatch(rules, systemClock, watchFolder)
  process.on('SIGHUP', () => rulesWatch.reload())
  const running = await start(config, { rules, log, metrics, clock: systemClock }).catch((error: unknown) => {
    log.event('error', 'cannot start', { cause: error instanceof Error ? error.message : String(error) })
    return undefined
  })
  if (running !== undefined) {
    sayStart(log, config, running.gate)
    await drained(log, running.gate)
    await running.watch?.close()
  }
  rulesWatch.close()
  await log.flush()
  return running === undefined ? 1 : 0
}

type Started = { readonly gate: Running; readonly watch: OpenWatch | undefined }

/** The watch comes first and ends last, so that it can say "not yet" and "no more". */
async function start(config: Config, surroundings: Surroundings): Promise<Started> {
  let gate: Running | undefined
  const watched: Watched = {
    metrics: () => exposition(gate === undefined ? [] : [gate.metrics()]),
    hindrance: () => (gate === undefined ? Promise.resolve('starting') : gate.hindrance()),
    onError: error => surroundings.log.event('error', 'bug', { error: bugText(error) }),
  }
  const watch = config.metrics === undefined ? undefined : await openWatch(config.metrics, watched)
  try {
    gate = await startGate(config, surroundings)
    return { gate, watch }
  } catch (error) {
    await watch?.close()
    throw error
  }
}

function printed(problems: readonly Problem[]): number {
  for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n`)
  return 1
}

/** A bug nobody caught: Postfix keeps the mail that is under way, and whoever started us starts us again. */
function endOnBug(log: Log): void {
  const end = (error: unknown): void => {
    log.event('error', 'bug', { error: bugText(error) })
    log.flushNow()
    process.exit(1)
  }
  process.on('uncaughtException', end)
  process.on('unhandledRejection', end)
}

function bugText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function sayStart(log: Log, config: Config, gate: Running): void {
  const { nextHop, file, rules } = config
  log.event('info', 'start', {
    version,
    configuration: file ?? 'none',
    rules,
    listen: gate.endpoints.map(endpointText).join(' '),
    next_hop: nextHop.kind === 'store' ? 'embedded store' : nextHop.endpoints.map(endpointText).join(' '),
  })
  if (nextHop.kind === 'store') {
    const note = 'no lmtp-gate.yaml was found: this is for trying out, mail goes to a folder of ours'
    log.event('warning', note, { folder: nextHop.folder })
  }
}

/** Resolves when a signal has come and all is drained. */
async function drained(log: Log, gate: Running): Promise<void> {
  const signal = await firstSignal(log)
  log.event('info', 'stopping, running transactions finish', { signal })
  await gate.drain()
  log.event('info', 'stop')
}

/** npm passes a Ctrl-C on that we have from the terminal already: within this time (ms) it is still the first. */
const echo = 500

function firstSignal(log: Log): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    let first: number | undefined
    const onSignal = (signal: NodeJS.Signals): void => {
      const now = systemClock.now()
      if (first === undefined) {
        first = now
        resolve(signal)
      } else if (signal !== 'SIGINT' || now - first > echo) {
        log.event('warning', 'stop at once', { signal })
        log.flushNow()
        process.exit(1)
      }
    }
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
  })
}
