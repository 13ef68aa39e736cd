/** Worker threads that share the tasks. What they find is given out in the order of the tasks, whoever was first. */
import { Worker } from 'node:worker_threads'
import { threadScript } from '../../thread-script.ts'
import type { Setup } from './examiner.ts'
import type { Tally } from './tally.ts'
import type { Task } from './tasks.ts'
import type { FromThread, ThreadData, ToThread } from './thread.ts'

/** Tasks that may be ahead of the first one that is not done, for each thread. */
const ahead = 8

/** `take` gets one tally after the other, and may make the threads wait. Rejects if a thread breaks down, or if `take` does. */
export async function examineAll(
  tasks: readonly Task[],
  setup: Setup,
  threads: number,
  take: (tally: Tally, task: Task) => Promise<void>,
): Promise<void> {
  const done = new Map<number, Tally>()
  const waiting: (() => void)[] = []
  let next = 0
  let taken = 0
  let takes = Promise.resolve()
  /** Undefined: there is none left. */
  const claim = async (): Promise<number | undefined> => {
    while (next < tasks.length && next >= taken + ahead * threads) await new Promise<void>(go => waiting.push(go))
    return next < tasks.length ? next++ : undefined
  }
  const takeInOrder = async () => {
    for (let tally = done.get(taken); tally !== undefined; tally = done.get(taken)) {
      const task = tasks[taken]
      done.delete(taken)
      if (task !== undefined) await take(tally, task)
      taken += 1
      for (const go of waiting.splice(0)) go()
    }
  }
  const crew = Array.from({ length: threads }, (_, slot) => new Thread({ setup, share: { workers: threads, slot } }))
  const work = async (thread: Thread) => {
    for (let at = await claim(); at !== undefined; at = await claim()) {
      const task = tasks[at]
      if (task === undefined) return
      done.set(at, await thread.examine(task))
      takes = takes.then(takeInOrder)
      await takes
    }
    await thread.close()
  }
  try {
    await Promise.all(crew.map(work))
  } finally {
    await Promise.all(crew.map(thread => thread.end()))
  }
}

class Thread {
  readonly #worker: Worker
  readonly #ended: Promise<never>
  readonly #exit: Promise<void>
  #hear: (note: FromThread) => void = () => undefined
  #ready: Promise<FromThread>

  constructor(workerData: ThreadData) {
    this.#worker = new Worker(threadScript(import.meta.url, 'thread'), { workerData })
    this.#ready = this.#answer()
    this.#worker.on('message', (note: FromThread) => this.#hear(note))
    this.#exit = new Promise(resolve => this.#worker.on('exit', () => resolve()))
    this.#ended = new Promise((_, reject) => {
      this.#worker.on('error', reject)
      this.#worker.on('exit', () => reject(new Error('a thread ended before its time')))
    })
    this.#ended.catch(() => undefined)
  }

  async examine(task: Task): Promise<Tally> {
    await Promise.race([this.#ready, this.#ended])
    const answer = this.#answer()
    this.#say({ kind: 'task', task })
    const note = await Promise.race([answer, this.#ended])
    if (note.kind === 'ready') throw new Error('a thread answered what it was not asked')
    return note.tally
  }

  /** It has nothing more to do. */
  async close(): Promise<void> {
    await Promise.race([this.#ready, this.#ended])
    this.#say({ kind: 'close' })
    await this.#exit
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  #answer(): Promise<FromThread> {
    return new Promise(resolve => (this.#hear = resolve))
  }

  #say(note: ToThread): void {
    this.#worker.postMessage(note)
  }
}
