/** The files of the decision log: which there are, what they are called, and that all together do not grow beyond their bound. */
import { readdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'

const form = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z-\d+-\d+\.jsonl$/

/** In order of name they stand in order of time. `nth`: of this process. */
export function segmentName(date: Date, pid: number, nth: number): string {
  return `${date.toISOString().replace(/[:.]/g, '-')}-${pid}-${nth}.jsonl`
}

/** Whether a file is called as these are. */
export function isSegment(name: string): boolean {
  return form.test(name)
}

/** Paths, oldest first. Rejects if the folder cannot be read. */
export async function segmentsIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder)
  return names
    .filter(isSegment)
    .sort()
    .map(name => join(folder, name))
}

/** Removes the oldest until no more than `room` octets are left. Rejects if that cannot be done. */
export async function sweep(folder: string, room: number): Promise<void> {
  const segments = await Promise.all((await segmentsIn(folder)).map(async path => ({ path, size: await sizeOf(path) })))
  let total = segments.reduce((sum, { size }) => sum + size, 0)
  for (const { path, size } of segments) {
    if (total <= room) return
    await unlink(path).catch(unlessGone)
    total -= size
  }
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(unlessGone)
  return found?.size ?? 0
}

/** Another process of ours sweeps the same folder. */
function unlessGone(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}
