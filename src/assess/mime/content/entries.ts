/** Takes down the names of what is in an archive, within the bounds. */
import type { Findings } from '../findings.ts'
import { decodeText, guessText } from '../header/charset.ts'
import { fileNames } from '../header/file-names.ts'
import type { Contents } from './inspect.ts'

/** `raw` as it stands; `utf8`: it says it is that. Folders are no files. */
export type Entry = { readonly raw: Buffer; readonly utf8: boolean; readonly directory: boolean }

export class Entries {
  readonly #contents: Contents
  readonly #findings: Findings
  readonly #leftOut: (name: string) => boolean

  /** `leftOut`: names that say nothing. */
  constructor(contents: Contents, findings: Findings, leftOut: (name: string) => boolean = () => false) {
    this.#contents = contents
    this.#findings = findings
    this.#leftOut = leftOut
  }

  /** False: over the bound, and no more is taken. */
  add(entry: Entry): boolean {
    const { limits } = this.#findings
    if (this.#findings.entries >= limits.entries) {
      this.#findings.unreadable(`archives with more than ${limits.entries} entries`)
      return false
    }
    this.#findings.entries += 1
    for (const name of this.#namesOf(entry)) this.#contents.inner.add(name)
    return true
  }

  /** The same for a name that may have been added before, which does not count again. */
  addIfNew(entry: Entry): boolean {
    return this.#namesOf(entry).every(name => this.#contents.inner.has(name)) || this.add(entry)
  }

  #namesOf(entry: Entry): string[] {
    if (entry.directory) return []
    const { name: max } = this.#findings.limits
    const text = textOf(entry, 4 * max)
    if (text.length > max) this.#findings.unreadable(`a name of more than ${max} characters`)
    return fileNames(text, max).filter(name => !this.#leftOut(name))
  }
}

/** Without a word about its charset it is DOS's in theory, in practice UTF-8 or the writer's own; ASCII is the same in all. */
function textOf({ raw, utf8 }: Entry, max: number): string {
  const end = raw.subarray(-max)
  return (utf8 ? decodeText(end, 'utf-8') : undefined) ?? guessText(end.toString('latin1'))
}
