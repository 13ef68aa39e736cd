/** Makes folders. Node's own recursive mkdir tries for ever where the parent is there and takes none, as below /proc. */
import * as disk from 'node:fs/promises'
import { dirname } from 'node:path'

type Files = Pick<typeof disk, 'mkdir' | 'stat'>
export type UsedFiles = Files & Pick<typeof disk, 'access'>

/**
 * The folder and those that lead to it, for their owner alone. Resolves with the first that was made, undefined if there was none to make; rejects
 * with an error of node:fs that names the path at fault.
 */
export async function makeFolder(path: string, files: Files = disk): Promise<string | undefined> {
  const parent = dirname(path)
  let first: string | undefined
  try {
    return await makeOne(path, files)
  } catch (error) {
    if (parent === path || !(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    first = await makeFolder(parent, files)
  }
  const made = await makeOne(path, files)
  return first ?? made
}

/** As `makeFolder`; rejects, too, if files may not be written there: better known at start than with the first message. */
export async function usableFolder(path: string, files: UsedFiles = disk): Promise<void> {
  await makeFolder(path, files)
  await files.access(path, R_OK | W_OK | X_OK)
}

/** Another process may be quicker. */
async function makeOne(path: string, files: Files): Promise<string | undefined> {
  try {
    await files.mkdir(path, { mode: 0o700 })
    return path
  } catch (error) {
    const found = await files.stat(path).catch(() => undefined)
    if (found?.isDirectory() === true) return undefined
    throw error
  }
}

const { R_OK, W_OK, X_OK } = disk.constants
