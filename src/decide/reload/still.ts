/** Which changes have come to rest: a file that is still being written is not looked at. */
import { isEmptyFile, type Stamp } from '../stamp.ts'

/** `first`: when it was first seen to differ from what is in use; `since`: when it was first seen as it is now. Milliseconds. */
type Change = { readonly stamp: Stamp | undefined; readonly first: number; readonly since: number }

export class StillChanges {
  readonly #changes = new Map<string, Change>()

  /** What is under a name now, and what is in use. */
  observe(name: string, inUse: Stamp | undefined, stamp: Stamp | undefined, now: number): void {
    const known = this.#changes.get(name)
    if (stamp === inUse) this.#changes.delete(name)
    else if (known?.stamp !== stamp || known === undefined)
      this.#changes.set(name, { stamp, first: known?.first ?? now, since: now })
  }

  get names(): readonly string[] {
    return [...this.#changes.keys()]
  }

  get size(): number {
    return this.#changes.size
  }

  /**
   * What may be used now; nothing while more is on its way, unless something has waited too long. A folder waits as a whole while something
   * that administrators write in it does.
   */
  ready(now: number): ReadonlyMap<string, Stamp | undefined> {
    const restless = [...this.#changes].filter(([, change]) => now - change.since < stillFor(change.stamp))
    const oldest = Math.min(...Array.from(this.#changes.values(), ({ first }) => first))
    if (restless.length > 0 && now - oldest < patience) return new Map()
    const waiting = new Set(restless.map(([name]) => name))
    const folders = new Set(restless.filter(([name]) => isAdministrators(name)).map(([name]) => folderOf(name)))
    const still = [...this.#changes].filter(([name]) => !waiting.has(name) && !folders.has(folderOf(name)))
    return new Map(still.map(([name, { stamp }]) => [name, stamp]))
  }

  forget(names: Iterable<string>): void {
    for (const name of names) this.#changes.delete(name)
  }
}

/** A file must have been the same for so long (ms). */
const still = 500
/** An empty one is often about to be written: whoever writes it may compute first. */
const stillEmpty = 10_000
/** Several files are mostly changed together; but nothing waits longer than this for others. */
const patience = 5000

function stillFor(stamp: Stamp | undefined): number {
  return stamp !== undefined && isEmptyFile(stamp) ? stillEmpty : still
}

/** Folders themselves are theirs, too. */
function isAdministrators(name: string): boolean {
  const [, entry = '_'] = name.split('/')
  return entry.startsWith('_')
}

/** The root's is ''. */
function folderOf(name: string): string {
  return name.includes('/') || !/\.ya?ml$/.test(name) ? (name.split('/')[0] ?? '') : ''
}
