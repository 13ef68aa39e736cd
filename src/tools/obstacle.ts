/** What would keep a folder from being written to, seen without making anything. */
import * as disk from 'node:fs'
import { dirname } from 'node:path'
import { codeOf } from '../decide/stamp.ts'

type Files = Pick<typeof disk, 'accessSync' | 'lstatSync' | 'statSync'>

/** `path`: where it is, the folder or one on the way to it; `why` goes on behind it. `forUs`: maybe not for other users. */
export type Obstacle = { readonly path: string; readonly why: string; readonly forUs: boolean }

const { R_OK, W_OK, X_OK } = disk.constants

/** Looks at the folder, or at the nearest that is there of those that lead to it, in which it would be made. Undefined: nothing is in the way. */
export function obstacleTo(folder: string, files: Files = disk): Obstacle | undefined {
  let path = folder
  for (; !isThere(path, files); path = dirname(path)) if (dirname(path) === path) break
  try {
    if (!files.statSync(path).isDirectory()) return { path, why: 'is no folder', forUs: false }
    files.accessSync(path, path === folder ? R_OK | W_OK | X_OK : W_OK | X_OK)
    return undefined
  } catch (error) {
    const code = codeOf(error)
    const why = reasons.get(code) ?? `cannot be used: ${code}`
    return { path, why, forUs: why === forOthers }
  }
}

const forOthers = 'may not be written to by the user who runs check'

const reasons: ReadonlyMap<string, string> = new Map([
  ['EACCES', forOthers],
  ['EPERM', forOthers],
  ['ENOENT', 'is a link to nothing'],
  ['EROFS', 'is on a file system that is read-only'],
])

/** A link that leads nowhere is; so is what cannot be looked at. */
function isThere(path: string, files: Files): boolean {
  try {
    files.lstatSync(path)
    return true
  } catch (error) {
    const code = codeOf(error)
    return code !== 'ENOENT' && code !== 'ENOTDIR'
  }
}
