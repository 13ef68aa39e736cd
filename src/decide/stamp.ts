/** Tells whether a file is still what it was, without reading it. */
import { lstatSync, realpathSync, statSync, type Stats } from 'node:fs'
import { sep } from 'node:path'

/**
 * Equal stamps of one name: equal content. A folder's is `d` and its number, or `d!` and why it is not to be looked into. `!` and a code of
 * the system: this cannot be looked at.
 */
export type Stamp = string

/** What ends at a folder outside. */
export const leavingFolder: Stamp = 'd!link'

export function stampOf(stats: Stats): Stamp {
  // The time of the last change, of whatever kind, is the one that nobody can set back.
  return stats.isDirectory() ? `d${stats.ino}` : `${stats.ino}:${stats.size}:${stats.ctimeMs}`
}

/** Links are followed. undefined: there is nothing of that name. */
export function stampAt(path: string): Stamp | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false })
    if (stats !== undefined) return stampOf(stats)
    return lstatSync(path, { throwIfNoEntry: false }) === undefined ? undefined : '!ENOENT'
  } catch (error) {
    return `!${codeOf(error)}`
  }
}

export function isFolderStamp(stamp: Stamp | undefined): boolean {
  return stamp?.startsWith('d') === true
}

/** A folder that is to be looked into. */
export function isOpenFolder(stamp: Stamp | undefined): boolean {
  return isFolderStamp(stamp) && stamp?.startsWith('d!') === false
}

export function isEmptyFile(stamp: Stamp | undefined): boolean {
  return stamp?.includes(':0:') === true
}

/** Where a path really is, if that is below `root`. Throws if there is nothing at its end. */
export function realPathIn(root: string, path: string): string | undefined {
  const real = realpathSync.native(path)
  return real.startsWith(realpathSync.native(root) + sep) ? real : undefined
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
