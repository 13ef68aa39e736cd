/** A worker thread: does one task after the other. */
import { parentPort, workerData } from 'node:worker_threads'
import type { Share } from '../../workers/share.ts'
import { Examiner, type Setup } from './examiner.ts'
import type { Tally } from './tally.ts'
import type { Task } from './tasks.ts'

export type ThreadData = { readonly setup: Setup; readonly share: Share }

/** To a thread; `close`: there are no more. */
export type ToThread = { readonly kind: 'task'; readonly task: Task } | { readonly kind: 'close' }

/** From a thread: ready for its first task, or done with the last one. */
export type FromThread = { readonly kind: 'ready' } | { readonly kind: 'done'; readonly tally: Tally }

const { setup, share } = workerData as ThreadData
const examiner = await Examiner.open(setup, share)

parentPort?.on('message', (note: ToThread) => {
  void follow(note)
})
tell({ kind: 'ready' })

/** What it rejects with ends the thread, and is told so to whoever began it. */
async function follow(note: ToThread): Promise<void> {
  switch (note.kind) {
    case 'task':
      tell({ kind: 'done', tally: await examiner.examine(note.task) })
      return
    case 'close':
      await examiner.close()
      parentPort?.close()
  }
}

function tell(note: FromThread): void {
  parentPort?.postMessage(note)
}
