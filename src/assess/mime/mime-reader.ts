/** What the parts of a message are: read off the main thread, by few workers that are killed when they take too long. */
import { systemClock, type Clock } from '../../clock.ts'
import type { Structure } from '../../decide/facts.ts'
import type { Message } from '../../transaction.ts'
import { down, unscannable, type Scanned } from '../scan/scanner.ts'
import { Lane } from './lane.ts'
import { usualLimits, type Limits } from './limits.ts'
import { threadScript } from '../../thread-script.ts'

/** `workers` messages at a time, `waiting` more in line; `time` in ms for one, from the moment a worker has it. */
export type MimeReaderOptions = {
  readonly clock: Clock
  readonly workers: number
  readonly waiting: number
  readonly time: number
  readonly limits: Limits
  readonly script: URL
}

/** Octets of a message of which only one is read at a time: two would need twice the memory, and small ones would wait for both. */
const large = 8 * 1024 * 1024

/** In line for a worker; `begin` without one: there will be none. */
type Waiting = { readonly size: number; readonly begin: (lane: Lane | undefined) => void }

export class MimeReader {
  readonly #options: MimeReaderOptions
  readonly #lanes: readonly Lane[]
  #idle: Lane[]
  #line: Waiting[] = []
  #largeOne = false
  #closed = false

  /** Workers begin with the first message that needs them. */
  constructor(options: Partial<MimeReaderOptions> = {}) {
    const usual = { clock: systemClock, workers: 2, waiting: 500, time: 10_000, limits: usualLimits }
    this.#options = { ...usual, script: options.script ?? threadScript(import.meta.url, 'worker'), ...options }
    this.#lanes = Array.from({ length: this.#options.workers }, () => new Lane(this.#options))
    this.#idle = [...this.#lanes]
  }

  /** Never rejects. Over a bound inside of the message, the structure is known and says that some of it is unreadable. */
  async read(message: Message, signal: AbortSignal): Promise<Scanned<Structure>> {
    const { limits, waiting } = this.#options
    if (message.size > limits.bytes) return unscannable(`larger than ${limits.bytes} octets`)
    if (this.#line.length >= waiting) return down('too many messages wait to be read')
    const lane = await this.#lane(message.size, signal)
    if (this.#closed) return down('the gate is going down')
    if (lane === undefined) return down('nobody waits for it')
    const job = lane.read(message, signal)
    void job.free.then(() => this.#back(lane, message.size))
    return job.answer
  }

  /** Messages being read and in line stay unknown. */
  async close(): Promise<void> {
    this.#closed = true
    for (const { begin } of this.#line.splice(0)) begin(undefined)
    await Promise.all(this.#lanes.map(lane => lane.close()))
  }

  #lane(size: number, signal: AbortSignal): Promise<Lane | undefined> {
    if (signal.aborted || this.#closed) return Promise.resolve(undefined)
    return new Promise(resolve => {
      const leave = () => {
        this.#line = this.#line.filter(other => other !== waiting)
        resolve(undefined)
      }
      const begin = (lane: Lane | undefined) => {
        signal.removeEventListener('abort', leave)
        resolve(lane)
      }
      const waiting = { size, begin }
      signal.addEventListener('abort', leave, { once: true })
      this.#line.push(waiting)
      this.#serve()
    })
  }

  #back(lane: Lane, size: number): void {
    if (size > large) this.#largeOne = false
    this.#idle.push(lane)
    this.#serve()
  }

  /** First come, first served, but for a large one while there is another. */
  #serve(): void {
    while (this.#idle.length > 0) {
      const index = this.#line.findIndex(({ size }) => size <= large || !this.#largeOne)
      const [next] = index < 0 ? [] : this.#line.splice(index, 1)
      if (next === undefined) return
      if (next.size > large) this.#largeOne = true
      next.begin(this.#idle.pop())
    }
  }
}
