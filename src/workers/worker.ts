/** A process that is one of several gates: it gets its connections, and its orders, from the one that started it. */
import { Socket } from 'node:net'
import { systemClock } from '../clock.ts'
import { startProcess } from '../one-process.ts'
import type { OneProcess } from '../one-process.ts'
import { loadRules } from '../load-rules.ts'
import { causeText, endOnBug } from '../watch/bugs.ts'
import { problemText } from '../watch/log.ts'
import type { Log } from '../watch/log.ts'
import { Metrics } from '../watch/metrics/metrics.ts'
import { openLog, standardOutput } from '../watch/open-log.ts'
import { logRules } from '../watch/rules-events.ts'
import type { FromWorker, Question, ToWorker } from './messages.ts'
import { Departures } from './departures.ts'

// A terminal sends these to all of its processes. The first one passes on to us what is meant for us.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined)

process.once('message', (message: ToWorker) => {
  if (message.kind === 'start') void work(message)
})

type Start = Extract<ToWorker, { readonly kind: 'start' }>

async function work(start: Start): Promise<void> {
  const { config, share, hasHead } = start
  const metrics = new Metrics()
  const log = metrics.counted(openLog(config.log.format, systemClock, standardOutput(systemClock), hasHead))
  endOnBug(log)
  const rules = loadRules(config, systemClock, event => logRules(log, event))
  if ('problems' in rules) {
    for (const problem of rules.problems) log.event('error', 'policy', { problem: problemText(problem) })
    return end(log, 1)
  }
  try {
    const surroundings = { rules, log, metrics, clock: systemClock, share, isWorker: true }
    new Worker(await startProcess(config, surroundings), log).begin()
  } catch (error) {
    log.event('error', 'cannot start', { cause: causeText(error) })
    await end(log, 1)
  }
}

class Worker {
  readonly #gate: OneProcess
  readonly #log: Log
  readonly #departures = new Departures(systemClock, connections => tell({ kind: 'left', connections }))
  #isLeaving = false

  constructor(gate: OneProcess, log: Log) {
    this.#gate = gate
    this.#log = log
  }

  begin(): void {
    process.on('message', (message: ToWorker, handle: unknown) => this.#told(message, handle))
    process.on('SIGTERM', () => this.#leave('SIGTERM'))
    // The first process is gone: nobody sends us connections any more, but what we have we finish.
    process.on('disconnect', () => this.#leave('the first process has ended'))
    if (process.connected) tell({ kind: 'ready' })
    else this.#leave('the first process has ended')
  }

  #told(message: ToWorker, handle: unknown): void {
    switch (message.kind) {
      case 'start':
        return
      case 'connection':
        return this.#connection(message.id, message.endpoint, handle)
      case 'ask':
        return this.#answer(message.about, message.id)
      case 'reload':
        return this.#gate.reload()
      case 'drain':
        return void this.#drain()
    }
  }

  #connection(id: number, endpoint: number, socket: unknown): void {
    if (this.#isLeaving) {
      if (socket instanceof Socket) socket.destroy()
      return tell({ kind: 'declined', id })
    }
    tell({ kind: 'took', id })
    // A client that had gone already leaves no socket.
    if (!(socket instanceof Socket)) return this.#departures.add()
    socket.once('close', () => this.#departures.add())
    this.#gate.adopt(socket, endpoint)
  }

  #answer(about: Question, id: number): void {
    switch (about) {
      case 'metrics':
        return tell({ kind: 'metrics', id, families: this.#gate.metrics() })
      case 'hindrance':
        return void this.#gate.hindrance().then(hindrance => tell({ kind: 'hindrance', id, hindrance }))
    }
  }

  #leave(cause: string): void {
    if (this.#isLeaving) return
    this.#log.event('info', 'worker stopping, running transactions finish', { cause })
    tell({ kind: 'leaving' })
    void this.#drain()
  }

  async #drain(): Promise<void> {
    if (this.#isLeaving) return
    this.#isLeaving = true
    await this.#gate.drain()
    await end(this.#log, 0)
  }
}

async function end(log: Log, code: number): Promise<void> {
  await log.flush()
  process.exit(code)
}

function tell(message: FromWorker): void {
  if (process.connected) process.send?.(message)
}
