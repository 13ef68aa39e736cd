/** Writes messages as Maildir does: whole and synced in tmp, then renamed to new, so that a reader sees all of one or nothing. */
import { open, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../clock.ts'
import { makeFolder } from '../../make-folder.ts'
import type { Mailbox } from './mailbox.ts'

let count = 0

/**
 * Resolves once file and folder are on disk; rejects with the system's error, having left nothing behind. `host` is part of the file's
 * name, so that machines may share the folder.
 */
export async function saveInMaildir(
  root: string,
  mailbox: Mailbox,
  host: string,
  clock: Clock,
  pieces: AsyncIterable<Uint8Array>,
): Promise<void> {
  const folder = join(root, ...mailbox)
  for (const part of ['tmp', 'new', 'cur']) await makeSynced(root, [...mailbox, part])
  count += 1
  const date = clock.date().getTime()
  const unique = `${Math.floor(date / 1000)}.M${date % 1000}P${process.pid}Q${count}.${host.replace(/[^\w.-]/g, '_')}`
  const temporary = join(folder, 'tmp', unique)
  const file = await open(temporary, 'wx', 0o600)
  try {
    try {
      for await (const piece of pieces) await file.writeFile(piece)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, join(folder, 'new', unique))
  } catch (error) {
    await unlink(temporary)
    throw error
  }
  await syncFolder(join(folder, 'new'))
}

/** Each new folder's parent is synced too, or the message would be gone with it after a crash. */
async function makeSynced(root: string, segments: readonly string[]): Promise<void> {
  const first = await makeFolder(join(root, ...segments))
  if (first === undefined) return
  for (let depth = segments.length - 1; depth >= 0; depth -= 1)
    await syncFolder(join(root, ...segments.slice(0, depth)))
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
