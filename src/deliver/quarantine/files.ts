/** Files and folders that outlive a crash. What throws, throws errors of node:fs. */
import type * as disk from 'node:fs/promises'

/** The part of node:fs/promises that is used, so that tests can let it fail. */
export type Disk = Pick<typeof disk, 'mkdir' | 'open' | 'rename' | 'link' | 'rm' | 'opendir' | 'stat' | 'access'>

export type Pieces = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** A new file, for its owner alone, synced; its name is safe only when its folder is synced, too. */
export async function writeSynced(files: Disk, path: string, pieces: Pieces): Promise<void> {
  const file = await files.open(path, 'wx', 0o600)
  try {
    for await (const piece of pieces) await file.appendFile(piece)
    await file.sync()
  } finally {
    await file.close()
  }
}

export async function syncFolder(files: Disk, path: string): Promise<void> {
  const folder = await files.open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** undefined: it has more octets than `most`. */
export async function readBounded(files: Disk, path: string, most: number): Promise<string | undefined> {
  const file = await files.open(path, 'r')
  try {
    return (await file.stat()).size > most ? undefined : await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/** An error's code, for the log. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unreadable'
}
