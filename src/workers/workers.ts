/** The first of several processes: it listens, hands connections to its workers, replaces those that die, and speaks for all of them. */
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { listenAt } from '../accept/listen.ts'
import type { Clock } from '../clock.ts'
import type { Config } from '../config/config.ts'
import type { Endpoint } from '../deliver/endpoint.ts'
import { formatReply } from '../reply.ts'
import type { Service } from '../service.ts'
import { said } from '../settle/sentences.ts'
import type { Log } from '../watch/log.ts'
import { counter } from '../watch/metrics/family.ts'
import type { Family } from '../watch/metrics/family.ts'
import type { Metrics } from '../watch/metrics/metrics.ts'
import { BackOff } from './back-off.ts'
import { HandOver } from './hand-over.ts'
import { Sums } from './sums.ts'
import { WorkerProcess } from './worker-process.ts'
import type { Connection, Ended } from './worker-process.ts'

export type WorkersOptions = {
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
  /** Log lines of workers, whole. */
  readonly onLines: (lines: string) => void
  /** Log lines begin with time, host and program. */
  readonly hasHead: boolean
}

/** For an answer of a worker that lives; what it said last counts then (ms). */
const metricsWithin = 2_000
/** It may have to look for the next hop first (ms). */
const hindranceWithin = 6_000

/** Resolves when all workers are ready and it listens. Rejects, with everything ended again, if one of them cannot start or an endpoint not be listened at. */
export async function startWorkers(config: Config, options: WorkersOptions): Promise<Service> {
  const workers = new Workers(config, options)
  try {
    await workers.start()
    return workers
  } catch (error) {
    workers.abort()
    await workers.drain()
    throw error
  }
}

class Workers implements Service {
  readonly #config: Config
  readonly #options: WorkersOptions
  readonly #servers: Server[] = []
  readonly #handOver: HandOver
  readonly #sums = new Sums<WorkerProcess>()
  readonly #living = new Set<WorkerProcess>()
  readonly #backOffs = new Map<number, BackOff>()
  readonly #replacements = new Set<() => void>()
  #endpoints: readonly Endpoint[] = []
  #replaced = 0
  #state: 'starting' | 'running' | 'stopping' = 'starting'
  #onChange: () => void = () => undefined

  constructor(config: Config, options: WorkersOptions) {
    this.#config = config
    this.#options = options
    this.#handOver = new HandOver(config.limits.sessions, ({ socket }) => {
      socket.end(formatReply(said.stopping), () => socket.destroy())
    })
  }

  get endpoints(): readonly Endpoint[] {
    return this.#endpoints
  }

  async start(): Promise<void> {
    for (let slot = 0; slot < this.#config.workers; slot += 1) this.#fork(slot)
    await this.#until(() => this.#isStopping || this.#ready.length === this.#config.workers)
    if (this.#isStopping) throw new Error('a worker could not start')
    const opened: Endpoint[] = []
    for (const [index, endpoint] of this.#config.listen.entries()) {
      const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, socket =>
        this.#connected(index, socket),
      )
      this.#servers.push(server)
      opened.push(await listenAt(server, endpoint))
      server.on('error', error => this.#options.log.event('warning', 'session trouble', { cause: error.message }))
    }
    this.#endpoints = opened
    this.#state = 'running'
  }

  async metrics(): Promise<readonly (readonly Family[])[]> {
    await Promise.all(
      this.#ready.map(async worker => {
        const answer = await worker.ask('metrics', metricsWithin)
        if (answer !== undefined && this.#living.has(worker)) this.#sums.heard(worker, answer.families)
      }),
    )
    return [this.#own(), ...this.#sums.all()]
  }

  /** Mail can come as long as one of them is ready for it. */
  async hindrance(): Promise<string | undefined> {
    if (this.#isStopping) return 'stopping'
    const answers = await Promise.all(this.#ready.map(worker => worker.ask('hindrance', hindranceWithin)))
    const hindrances = answers.map(answer => (answer === undefined ? 'a worker does not answer' : answer.hindrance))
    return hindrances.includes(undefined) ? undefined : (hindrances[0] ?? 'no worker is ready')
  }

  reload(): void {
    for (const worker of this.#living) worker.reload()
  }

  async drain(): Promise<void> {
    this.#state = 'stopping'
    for (const server of this.#servers) server.close()
    this.#handOver.close()
    for (const cancel of this.#replacements) cancel()
    for (const worker of this.#living) worker.drain()
    await this.#until(() => this.#living.size === 0)
  }

  abort(): void {
    this.#state = 'stopping'
    for (const worker of this.#living) worker.kill()
  }

  get #isStopping(): boolean {
    return this.#state === 'stopping'
  }

  get #ready(): readonly WorkerProcess[] {
    return [...this.#living].filter(({ isReady }) => isReady)
  }

  #fork(slot: number): void {
    const { clock, hasHead, onLines, log } = this.#options
    const share = { workers: this.#config.workers, slot }
    const worker = new WorkerProcess({
      start: { kind: 'start', config: this.#config, share, hasHead },
      clock,
      onLines,
      onReady: () => {
        log.event('info', 'worker ready', { worker: slot + 1, process: worker.pid })
        this.#handOver.add(worker)
        this.#onChange()
      },
      onDeclined: connection => this.#handOver.give(connection),
      onEnd: (ended, left) => this.#ended(slot, worker, ended, left),
    })
    this.#living.add(worker)
  }

  #ended(slot: number, worker: WorkerProcess, ended: Ended, left: readonly Connection[]): void {
    this.#living.delete(worker)
    this.#sums.gone(worker)
    this.#handOver.remove(worker, left)
    if (this.#state === 'starting') this.#state = 'stopping'
    if (this.#state === 'running') this.#replace(slot, worker, ended)
    this.#onChange()
  }

  #replace(slot: number, worker: WorkerProcess, { code, signal }: Ended): void {
    const { clock, log } = this.#options
    const backOff = this.#backOffs.get(slot) ?? new BackOff()
    this.#backOffs.set(slot, backOff)
    const pause = backOff.next(clock.now() - worker.startedAt)
    log.event(code === 0 ? 'info' : 'warning', 'worker ended', {
      worker: slot + 1,
      process: worker.pid,
      cause: signal ?? `exit code ${code ?? 'unknown'}`,
      connections: worker.connections,
      replaced_in: pause / 1000,
    })
    const cancel = clock.after(pause, () => {
      this.#replacements.delete(cancel)
      this.#replaced += 1
      this.#fork(slot)
    })
    this.#replacements.add(cancel)
  }

  #connected(endpoint: number, socket: Socket): void {
    socket.on('error', () => undefined)
    this.#handOver.give({ endpoint, socket })
  }

  #own(): readonly Family[] {
    return [
      ...this.#options.metrics.ownFamilies(),
      counter(
        'lmtp_gate_workers_replaced_total',
        'Workers that were started because another had ended.',
        this.#replaced,
      ),
    ]
  }

  /** Looks again whenever a worker gets ready or ends. */
  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>(resolve => (this.#onChange = resolve))
  }
}
