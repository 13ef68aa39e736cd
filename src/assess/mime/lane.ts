/** One worker thread, and the one message that it reads at a time. A worker that takes too long is killed, and the next message gets a new one. */
import { Worker } from 'node:worker_threads'
import type { Clock } from '../../clock.ts'
import type { Structure } from '../../decide/facts.ts'
import { nothing, type Message } from '../../transaction.ts'
import { down, unscannable, type Scanned } from '../scan/scanner.ts'
import { Job } from './job.ts'
import type { Limits } from './limits.ts'
import type { FromWorker, Task, ToWorker } from './notes.ts'

/** `time` in ms for one message. */
export type LaneOptions = {
  readonly clock: Clock
  readonly limits: Limits
  readonly time: number
  readonly script: URL
}

/** Octets. */
const maxPiece = 65_536

/** Megabytes of objects; the content of attachments lies outside of them, and is bounded by the size of the message. */
const maxMemory = 128

export class Lane {
  readonly #options: LaneOptions
  #worker: Worker | undefined
  /** It runs, so that what takes long is the message. */
  #isUp = false
  #job: Job | undefined
  #jobs = 0

  constructor(options: LaneOptions) {
    this.#options = options
  }

  /** Only when the job before is free. An aborted job is answered at once, and free when the worker has put it down. */
  read(message: Message, signal: AbortSignal): Job {
    const { clock, time } = this.#options
    this.#jobs += 1
    const job = new Job(this.#jobs)
    this.#job = job
    const stopWatch = clock.after(time, () => this.#kill(this.#late))
    const onAbort = () => this.#drop(job, 'nobody waits for it')
    signal.addEventListener('abort', onAbort, { once: true })
    void job.answer.then(() => signal.removeEventListener('abort', onAbort))
    void job.free.then(stopWatch)
    if (signal.aborted) onAbort()
    else void this.#feed(message, job)
    return job
  }

  /** A message that is being read stays unknown. */
  async close(): Promise<void> {
    const worker = this.#worker
    this.#kill(down('the gate is going down'))
    await worker?.terminate()
  }

  async #feed(message: Message, job: Job): Promise<void> {
    const { size } = message
    let task: Task | undefined = { limits: this.#options.limits, size }
    let given = 0
    // A copy, because what is handed over is gone here, and others read the message, too.
    const give = (octets: Uint8Array): void => {
      const bytes = Uint8Array.from(octets)
      given += bytes.length
      this.#say({ kind: 'piece', job: job.number, bytes, task, isLast: given === size }, [bytes.buffer])
      task = undefined
    }
    try {
      if (size === 0) give(new Uint8Array())
      for await (const piece of message.pieces(nothing)) {
        for (let from = 0; from < piece.length; from += maxPiece) {
          await job.room()
          if (job.settled) return
          give(piece.subarray(from, from + maxPiece))
        }
      }
      if (given < size) throw new Error('the message is shorter than it was')
    } catch {
      this.#drop(job, 'the spool cannot be read')
    }
  }

  /** On a machine that is too busy to start a thread, the message is not to blame. */
  get #late(): Scanned<Structure> {
    const seconds = this.#options.time / 1000
    return this.#isUp
      ? unscannable(`not read within ${seconds} s`)
      : down(`its reader did not start within ${seconds} s`)
  }

  #drop(job: Job, words: string): void {
    if (job.settled) return
    if (this.#worker === undefined) return this.#kill(down(words))
    job.settle(down(words))
    this.#say({ kind: 'drop', job: job.number })
  }

  #kill(scanned: Scanned<Structure>): void {
    const worker = this.#worker
    this.#worker = undefined
    this.#isUp = false
    void worker?.terminate()
    this.#job?.settle(scanned)
    this.#job?.release()
    this.#job = undefined
  }

  #say(note: ToWorker, transfer: readonly ArrayBuffer[] = []): void {
    try {
      this.#worker ??= this.#hire()
    } catch (error) {
      // EAGAIN: the system has no thread left for us.
      const cause = error instanceof Error ? error.message : 'for no reason'
      return this.#kill(down(`its reader cannot be started: ${cause}`))
    }
    this.#worker.ref()
    this.#worker.postMessage(note, transfer)
  }

  #hire(): Worker {
    const worker = new Worker(this.#options.script, { resourceLimits: { maxOldGenerationSizeMb: maxMemory } })
    worker.on('online', () => {
      if (this.#worker === worker) this.#isUp = true
    })
    worker.on('message', (note: FromWorker) => {
      if (this.#worker === worker) this.#hear(note)
    })
    worker.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#worker !== worker) return
      const tooMuch = error.code === 'ERR_WORKER_OUT_OF_MEMORY'
      this.#kill(tooMuch ? unscannable('takes too much memory to be read') : down('its reader broke down'))
    })
    worker.on('exit', () => {
      if (this.#worker === worker) this.#kill(down('its reader broke down'))
    })
    return worker
  }

  #hear(note: FromWorker): void {
    const job = this.#job
    if (job === undefined || note.job !== job.number) return
    switch (note.kind) {
      case 'taken':
        return job.taken()
      case 'read':
        job.settle({ state: 'known', value: note.structure })
        break
      case 'failed':
        // The same message would fail again.
        job.settle(unscannable('its reader failed'))
        break
      case 'dropped':
        break
    }
    this.#job = undefined
    // An idle worker keeps no process alive.
    this.#worker?.unref()
    job.release()
  }
}
