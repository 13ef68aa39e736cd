/** `lmtp-gate serve`: reads the configuration, starts the gate, runs until a signal, and lets running transactions finish. */
import { systemClock } from './clock.ts'
import { findConfig, loadConfig } from './config/config.ts'
import type { Config } from './config/config.ts'
import { formatProblem } from './decide/problem.ts'
import type { Problem } from './decide/problem.ts'
import { endpointText } from './deliver/endpoint.ts'
import { loadRules, startGate } from './parts.ts'
import type { Running } from './parts.ts'
import { version } from './version.ts'
import { problemText } from './watch/log.ts'
import type { Log } from './watch/log.ts'
import { openLog } from './watch/open-log.ts'

/** `named`: the file given on the command line. Resolves with the exit code, once everything is closed. */
export async function serve(named: string | undefined): Promise<number> {
  const loaded = loadConfig(findConfig(named, process.cwd()), process.cwd())
  if ('problems' in loaded) return printed(loaded.problems)
  const { config } = loaded
  const rules = loadRules(config, systemClock)
  if ('problems' in rules) return printed(rules.problems)
  const log = openLog(config.log.format, systemClock)
  endOnBug(log)
  for (const warning of loaded.warnings) log.event('warning', 'configuration', { problem: problemText(warning) })
  for (const warning of rules.warnings) log.event('warning', 'policy', { problem: problemText(warning) })
  const gate = await startGate(config, { rules, log, clock: systemClock }).catch((error: unknown) => {
    log.event('error', 'cannot start', { cause: error instanceof Error ? error.message : String(error) })
    return undefined
  })
  if (gate !== undefined) {
    sayStart(log, config, gate)
    await drained(log, gate)
  }
  await log.flush()
  return gate === undefined ? 1 : 0
}

function printed(problems: readonly Problem[]): number {
  for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n`)
  return 1
}

/** A bug nobody caught: Postfix keeps the mail that is under way, and whoever started us starts us again. */
function endOnBug(log: Log): void {
  const end = (error: unknown): void => {
    log.event('error', 'bug', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    log.flushNow()
    process.exit(1)
  }
  process.on('uncaughtException', end)
  process.on('unhandledRejection', end)
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
