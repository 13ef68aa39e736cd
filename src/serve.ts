/** `lmtp-gate serve`: reads the configuration, starts the gate, runs until a signal, and lets running transactions finish. */
import { systemClock } from './clock.ts'
import { findConfig, loadConfig } from './config/config.ts'
import type { Config } from './config/config.ts'
import { formatProblem } from './decide/problem.ts'
import type { Problem } from './decide/problem.ts'
import { endpointText } from './deliver/endpoint.ts'
import { loadRules } from './load-rules.ts'
import { startProcess } from './one-process.ts'
import { ownService } from './service.ts'
import type { Service } from './service.ts'
import { version } from './version.ts'
import { bugText, causeText, endOnBug } from './watch/bugs.ts'
import { openWatch } from './watch/endpoint.ts'
import type { OpenWatch, Watched } from './watch/endpoint.ts'
import { problemText } from './watch/log.ts'
import type { Log } from './watch/log.ts'
import { exposition } from './watch/metrics/exposition.ts'
import { Metrics } from './watch/metrics/metrics.ts'
import { goesToJournal, openLog, standardOutput } from './watch/open-log.ts'
import { logRules } from './watch/rules-events.ts'
import { startWorkers } from './workers/workers.ts'

/** `named`: the file given on the command line. Resolves with the exit code, once everything is closed. */
export async function serve(named: string | undefined): Promise<number> {
  const loaded = loadConfig(findConfig(named, process.cwd()), process.cwd())
  if ('problems' in loaded) return printed(loaded.problems)
  const { config } = loaded
  const metrics = new Metrics()
  const output = standardOutput(systemClock)
  const hasHead = !goesToJournal()
  const log = metrics.counted(openLog(config.log.format, systemClock, output, hasHead))
  const rules = loadRules(config, systemClock, event => logRules(log, event))
  if ('problems' in rules) return printed(rules.problems)
  endOnBug(log)
  for (const warning of loaded.warnings) log.event('warning', 'configuration', { problem: problemText(warning) })
  for (const warning of rules.warnings) log.event('warning', 'policy', { problem: problemText(warning) })
  const common = { log, metrics, clock: systemClock }
  const open = async (): Promise<Service> =>
    config.workers === 1
      ? ownService(await startProcess(config, { ...common, rules }))
      : startWorkers(config, { ...common, hasHead, onLines: lines => output.write(lines) })
  const running = await start(config, log, open).catch((error: unknown) => {
    log.event('error', 'cannot start', { cause: causeText(error) })
    return undefined
  })
  if (running !== undefined) {
    sayStart(log, config, running.service)
    await drained(log, running.service)
    await running.watch?.close()
  }
  await log.flush()
  return running === undefined ? 1 : 0
}

type Started = { readonly service: Service; readonly watch: OpenWatch | undefined }

/** The watch comes first and ends last, so that it can say "not yet" and "no more". */
async function start(config: Config, log: Log, open: () => Promise<Service>): Promise<Started> {
  let service: Service | undefined
  const watched: Watched = {
    metrics: async () => exposition((await service?.metrics()) ?? []),
    hindrance: () => (service === undefined ? Promise.resolve('starting') : service.hindrance()),
    onError: error => log.event('error', 'bug', { error: bugText(error) }),
  }
  process.on('SIGHUP', () => service?.reload())
  const watch = config.metrics === undefined ? undefined : await openWatch(config.metrics, watched)
  try {
    service = await open()
    return { service, watch }
  } catch (error) {
    await watch?.close()
    throw error
  }
}

function printed(problems: readonly Problem[]): number {
  for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n`)
  return 1
}

function sayStart(log: Log, config: Config, service: Service): void {
  const { nextHop, file, rules, scanners, workers } = config
  log.event('info', 'start', {
    version,
    configuration: file ?? 'none',
    rules,
    listen: service.endpoints.map(endpointText).join(' '),
    next_hop: nextHop.kind === 'store' ? 'embedded store' : nextHop.endpoints.map(endpointText).join(' '),
    workers: workers === 1 ? undefined : workers,
  })
  if (nextHop.kind === 'store') {
    const note = 'no lmtp-gate.yaml was found: this is for trying out, mail goes to a folder of ours'
    log.event('warning', note, { folder: nextHop.folder })
  }
  if (scanners.virus?.kind === 'built-in')
    log.event('warning', 'the scanner is built in, for trying out: it knows the test patterns EICAR and GTUBE alone')
}

/** Resolves when a signal has come and all is drained. */
async function drained(log: Log, service: Service): Promise<void> {
  const signal = await firstSignal(log, () => service.abort())
  log.event('info', 'stopping, running transactions finish', { signal })
  await service.drain()
  log.event('info', 'stop')
}

/** npm passes a Ctrl-C on that we have from the terminal already: within this time (ms) it is still the first. */
const echo = 500

/** `abort` is called for the second. */
function firstSignal(log: Log, abort: () => void): Promise<NodeJS.Signals> {
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
        abort()
        process.exit(1)
      }
    }
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
  })
}
