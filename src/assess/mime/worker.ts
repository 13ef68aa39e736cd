/** The worker thread: reads one message after the other, whatever it does to the time of this thread. */
import { parentPort } from 'node:worker_threads'
import type { FromWorker, ToWorker } from './notes.ts'
import { StructureReader } from './structure-reader.ts'

let reader: StructureReader | undefined
let queue = Promise.resolve()

parentPort?.on('message', (note: ToWorker) => {
  queue = queue.then(() => handle(note))
})

async function handle(note: ToWorker): Promise<void> {
  try {
    await follow(note)
  } catch (error) {
    reader = undefined
    tell({ kind: 'failed', job: note.job, cause: error instanceof Error ? error.message : String(error) })
  }
}

async function follow(note: ToWorker): Promise<void> {
  switch (note.kind) {
    case 'piece':
      if (note.task !== undefined) reader = new StructureReader(note.task.limits, note.task.size)
      await reader?.write(note.bytes)
      if (note.isLast || reader?.isDone) await answer(note.job)
      else tell({ kind: 'taken', job: note.job })
      return
    case 'drop':
      reader = undefined
      tell({ kind: 'dropped', job: note.job })
  }
}

/** Pieces that were on their way meanwhile find no reader. */
async function answer(job: number): Promise<void> {
  const structure = await reader?.end()
  reader = undefined
  if (structure !== undefined) tell({ kind: 'read', job, structure })
}

function tell(note: FromWorker): void {
  parentPort?.postMessage(note)
}
