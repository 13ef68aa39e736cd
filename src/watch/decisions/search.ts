/** Finds decisions in the files they were taken down in. */
import { readFile } from 'node:fs/promises'
import { recordedIn, type Recorded } from './recorded.ts'
import { segmentsIn } from './segments.ts'

/** All of them, oldest file first. `broken`: lines that are no decisions, such as the last one after a crash. Rejects if the folder cannot be read. */
export async function* everyDecision(folder: string): AsyncGenerator<Recorded | 'broken'> {
  for (const path of await segmentsIn(folder))
    for (const line of linesOf(await bytesOf(path))) yield recordedIn(line.toString()) ?? 'broken'
}

/**
 * What was decided in every transaction with this id, Postfix's queue id or the gate's own: the oldest transaction first, as when a message comes
 * again, and of each its decisions in the order in which they were made. Rejects if the folder cannot be read.
 */
export async function transactionsOf(folder: string, id: string): Promise<readonly (readonly Recorded[])[]> {
  const wanted = [`"id":${JSON.stringify(id)}`, `"queue":${JSON.stringify(id)}`]
  const found = new Map<string, Recorded[]>()
  for (const path of await segmentsIn(folder)) {
    const bytes = await bytesOf(path)
    if (!wanted.some(text => bytes.includes(text))) continue
    for (const line of linesOf(bytes)) {
      const recorded = wanted.some(text => line.includes(text)) ? recordedIn(line.toString()) : undefined
      if (recorded === undefined || (recorded.id !== id && recorded.queue !== id)) continue
      const transaction = found.get(recorded.id)
      if (transaction === undefined) found.set(recorded.id, [recorded])
      else transaction.push(recorded)
    }
  }
  const begun = ([first]: readonly Recorded[]): number => first?.at ?? 0
  return [...found.values()].sort((a, b) => begun(a) - begun(b))
}

/** A file that is swept away meanwhile is an empty one. */
async function bytesOf(path: string): Promise<Buffer> {
  return await readFile(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.alloc(0)
    throw error
  })
}

function* linesOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(10, at)
    yield bytes.subarray(at, end < 0 ? bytes.length : end)
    at = end < 0 ? bytes.length : end + 1
  }
}
