/** What the parts of a message are: read off the main thread, by few workers that are killed when they take too long. */
import { systemClock, type Clock } from '../../clock.ts'
import type { Structure } from '../../decide/facts.ts'
import type { Message } from '../../transaction.ts'
import { down, unscannable, type Scanned } from '../scan/scanner.ts'
import { Lane } from './lane.ts'
import { usualLimits, type Limits } from './limits.ts'
import { workerScript } from './worker-script.ts'

/** `workers` messages at a time, `waiting` more in line; `time` in ms for one, from the moment a worker has it. */
export type MimeReaderOptions = {
  readonly clock: Clock
  readonly workers: number
  readonly waiting: number
  readonly time: number
  readonly limits: Limits
  readonly script: URL
}

/** In line for a worker. `undefined`: there will be none. */
type Turn = (lane: Lane | undefined) => void

export class MimeReader {
  readonly #options: MimeReaderOptions
  readonly #lanes: readonly Lane[]
  #idle: Lane[]
  #line: Turn[] = []
  #closed = false

  /** Workers begin with the first message that needs them. */
  constructor(options: Partial<MimeReaderOptions> = {}) {
    const usual = { clock: systemClock, workers: 2, waiting: 500, time: 10_000, limits: usualLimits }
    this.#options = { ...usual, script: options.script ?? workerScript(), ...options }
    this.#lanes = Array.from({ length: this.#options.workers }, () => new Lane(this.#options))
    this.#idle = [...this.#lanes]
  }

  /** Never rejects. Over a bound inside of the message, the structure is known and says that some of it is unreadable. */
  async read(message: Message, signal: AbortSignal): Promise<Scanned<Structure>> {
    const { limits, waiting } = this.#options
    if (message.size > limits.bytes) return unscannable(`larger than ${limits.bytes} octets`)
    if (this.#idle.length === 0 && this.#line.length >= waiting) return down('too many messages wait to be read')
    const lane = await this.#turn(signal)
    if (this.#closed) return down('the gate is going down')
    if (lane === undefined) return down('nobody waits for it')
    const job = lane.read(message, signal)
    void job.free.then(() => this.#back(lane))
    return job.answer
  }

  /** Messages being read and in line stay unknown. */
  async close(): Promise<void> {
    this.#closed = true
    for (const turn of this.#line.splice(0)) turn(undefined)
    await Promise.all(this.#lanes.map(lane => lane.close()))
  }

  #turn(signal: AbortSignal): Promise<Lane | undefined> {
    if (signal.aborted || this.#closed) return Promise.resolve(undefined)
    const idle = this.#idle.pop()
    if (idle !== undefined) return Promise.resolve(idle)
    return new Promise(resolve => {
      const turn: Turn = lane => {
        signal.removeEventListener('abort', leave)
        resolve(lane)
      }
      const leave = () => {
        this.#line = this.#line.filter(other => other !== turn)
        resolve(undefined)
      }
      signal.addEventListener('abort', leave, { once: true })
      this.#line.push(turn)
    })
  }

  #back(lane: Lane): void {
    const next = this.#line.shift()
    if (next === undefined) this.#idle.push(lane)
    else next(lane)
  }
}
