/** One worker, as the first process sees it. */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Clock } from '../clock.ts'
import type { FromWorker, Question, ToWorker } from './messages.ts'
import { WholeLines } from './whole-lines.ts'

/** A connection that no worker has taken yet. */
export type Connection = { readonly endpoint: number; readonly socket: Socket }

export type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

export type WorkerOptions = {
  readonly start: Extract<ToWorker, { readonly kind: 'start' }>
  readonly clock: Clock
  /** Whole lines of its log. */
  readonly onLines: (lines: string) => void
  readonly onReady: () => void
  /** It will not take this one. */
  readonly onDeclined: (connection: Connection) => void
  /** Called once, when all it wrote has been read. `left`: connections that it had not taken. */
  readonly onEnd: (ended: Ended, left: readonly Connection[]) => void
}

type Answer = Extract<FromWorker, { readonly kind: Question }>

export class WorkerProcess {
  #state: 'starting' | 'ready' | 'leaving' | 'gone' = 'starting'
  #taken = 0
  #count = 0
  readonly startedAt: number
  readonly #child: ChildProcess
  readonly #options: WorkerOptions
  readonly #sent = new Map<number, Connection>()
  readonly #asked = new Map<number, (answer: Answer | undefined) => void>()

  constructor(options: WorkerOptions) {
    this.#options = options
    this.startedAt = options.clock.now()
    this.#child = fork(script, [], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'], serialization: 'advanced' })
    const lines = new WholeLines(options.onLines)
    this.#child.stdout?.setEncoding('latin1').on('data', (text: string) => lines.add(text))
    this.#child.on('message', message => this.#told(message as FromWorker))
    // A message that no longer reaches it: the end follows.
    this.#child.on('error', () => undefined)
    this.#child.once('close', (code: number | null, signal: NodeJS.Signals | null) => this.#ended({ code, signal }))
    this.#tell(options.start)
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get isReady(): boolean {
    return this.#state === 'ready'
  }

  /** Connections that it has, or will have in a moment. */
  get connections(): number {
    return this.#taken + this.#sent.size
  }

  /** Ours is closed when it has taken it; before, it can still go to another. */
  hand(connection: Connection): void {
    this.#count += 1
    this.#sent.set(this.#count, connection)
    const { endpoint, socket } = connection
    this.#child.send({ kind: 'connection', id: this.#count, endpoint } satisfies ToWorker, socket, { keepOpen: true })
  }

  /** Undefined: there is no answer within `ms`. */
  async ask<Q extends Question>(about: Q, ms: number): Promise<Extract<Answer, { readonly kind: Q }> | undefined> {
    this.#count += 1
    const id = this.#count
    const answer = await new Promise<Answer | undefined>(resolve => {
      const cancel = this.#options.clock.after(ms, () => resolve(undefined))
      this.#asked.set(id, answered => {
        cancel()
        resolve(answered)
      })
      this.#tell({ kind: 'ask', id, about })
    })
    this.#asked.delete(id)
    return answer?.kind === about ? (answer as Extract<Answer, { readonly kind: Q }>) : undefined
  }

  /** One that is still starting looks by itself. */
  reload(): void {
    if (this.#state === 'ready') this.#tell({ kind: 'reload' })
  }

  /** One that is still starting has nothing to finish. */
  drain(): void {
    if (this.#state === 'starting') this.kill()
    else this.#tell({ kind: 'drain' })
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #tell(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message)
  }

  #told(message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        this.#state = 'ready'
        return this.#options.onReady()
      case 'leaving':
        this.#state = 'leaving'
        return
      case 'took':
        this.#taken += 1
        this.#take(message.id)?.socket.destroy()
        return
      case 'declined': {
        const connection = this.#take(message.id)
        return connection && this.#options.onDeclined(connection)
      }
      case 'left':
        this.#taken -= message.connections
        return
      case 'metrics':
      case 'hindrance':
        return this.#asked.get(message.id)?.(message)
    }
  }

  #take(id: number): Connection | undefined {
    const connection = this.#sent.get(id)
    this.#sent.delete(id)
    return connection
  }

  #ended(ended: Ended): void {
    this.#state = 'gone'
    for (const answer of this.#asked.values()) answer(undefined)
    const left = [...this.#sent.values()]
    this.#sent.clear()
    this.#options.onEnd(ended, left)
  }
}

const script = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url))
