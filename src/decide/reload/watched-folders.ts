/** One watch for each folder of the tree, and none for a file: there may be a hundred thousand. */
import { codeOf, type Stamp } from '../stamp.ts'
import type { WatchFolder } from './watch-folder.ts'

type Watched = { readonly stamp: Stamp; readonly stop: () => void }

export type WatchedFoldersOptions = {
  readonly watchFolder: WatchFolder
  /** `folder` as it was named; `name` undefined: anything in it. */
  readonly onChange: (folder: string, name: string | undefined) => void
  /** A folder cannot be watched (any more). */
  readonly onTrouble: (path: string, cause: string) => void
}

export class WatchedFolders {
  readonly #options: WatchedFoldersOptions
  readonly #watched = new Map<string, Watched>()

  constructor(options: WatchedFoldersOptions) {
    this.#options = options
  }

  /**
   * Watches these folders and no others, by their paths; `name` is what `onChange` calls them. A folder whose stamp changed is another one.
   * Gives the names of those whose watch began just now: what happened in them before was not told.
   */
  sync(folders: ReadonlyMap<string, { readonly name: string; readonly stamp: Stamp }>): readonly string[] {
    for (const [path, { stamp, stop }] of this.#watched)
      if (folders.get(path)?.stamp !== stamp) {
        stop()
        this.#watched.delete(path)
      }
    const begun: string[] = []
    for (const [path, { name, stamp }] of folders) {
      if (!this.#watched.has(path) && this.#begin(path, name, stamp)) begun.push(name)
    }
    return begun
  }

  get size(): number {
    return this.#watched.size
  }

  close(): void {
    for (const { stop } of this.#watched.values()) stop()
    this.#watched.clear()
  }

  #begin(path: string, name: string, stamp: Stamp): boolean {
    const { watchFolder, onChange, onTrouble } = this.#options
    try {
      const stop = watchFolder(
        path,
        entry => onChange(name, entry),
        error => {
          stop()
          this.#watched.delete(path)
          onTrouble(path, codeOf(error))
        },
      )
      this.#watched.set(path, { stamp, stop })
      return true
    } catch (error) {
      onTrouble(path, codeOf(error))
      return false
    }
  }
}
