/** The persons' files of one domain's folder, by name alone: there may be a hundred thousand. */
import { join } from 'node:path'
import { splitDetail } from '../address.ts'
import { fold } from './glob.ts'
import { problemOf, type Problem } from './problem.ts'
import { shown } from './source-file.ts'
import type { Stamp } from './stamp.ts'

/** A file of the tree, not read yet. `wrong`: it has a name under which nobody would find it. */
export type Listing = { readonly path: string; readonly stamp: Stamp; readonly wrong: Problem | undefined }

/** By name, as it is on disk. */
export type Entries = ReadonlyMap<string, Stamp>

export class Persons {
  readonly entries: Entries
  readonly #folder: string
  readonly #delimiters: string
  /** Files that are not called as they should be, by the person they are for. */
  readonly #odd: ReadonlyMap<string, readonly string[]>

  /** `delimiters` part a detail from an address; `odd` as in an older version, if no such name changed. */
  constructor(folder: string, entries: Entries, delimiters: string, odd?: ReadonlyMap<string, readonly string[]>) {
    this.#folder = folder
    this.entries = entries
    this.#delimiters = delimiters
    this.#odd = odd ?? this.#oddNames()
  }

  /** Undefined stamps: these files are gone. */
  with(changes: ReadonlyMap<string, Stamp | undefined>): Persons {
    const entries = new Map(this.entries)
    for (const [name, stamp] of changes)
      if (stamp === undefined) entries.delete(name)
      else entries.set(name, stamp)
    const odd = [...changes.keys()].some(name => this.#isOdd(name)) ? undefined : this.#odd
    return new Persons(this.#folder, entries, this.#delimiters, odd)
  }

  /** Files, whoever they are for. */
  get size(): number {
    return this.entries.size
  }

  /** `person`: a local part, folded. */
  get(person: string): Listing | undefined {
    const right = `${person}.yaml`
    const odd = this.#odd.get(person)
    const name =
      odd === undefined
        ? right
        : [right, ...odd]
            .filter(one => this.entries.has(one))
            .sort()
            .at(-1)
    const stamp = this.entries.get(name ?? right)
    if (name === undefined || stamp === undefined) return undefined
    const path = join(this.#folder, name)
    const twin = odd?.find(one => one < name) ?? (right < name && this.entries.has(right) ? right : undefined)
    return { path, stamp, wrong: odd === undefined ? undefined : this.#wrong(path, name, twin) }
  }

  *[Symbol.iterator](): Generator<readonly [string, Listing]> {
    for (const person of new Set(Array.from(this.entries.keys(), personOf))) {
      const listing = this.get(person)
      if (listing !== undefined) yield [person, listing]
    }
  }

  /** What is wrong with names. */
  *problems(): Generator<Problem> {
    for (const person of this.#odd.keys()) {
      const wrong = this.get(person)?.wrong
      if (wrong !== undefined) yield wrong
    }
  }

  #oddNames(): ReadonlyMap<string, readonly string[]> {
    const odd = new Map<string, string[]>()
    for (const name of this.entries.keys())
      if (this.#isOdd(name)) odd.set(personOf(name), [...(odd.get(personOf(name)) ?? []), name])
    return odd
  }

  #isOdd(name: string): boolean {
    const person = name.slice(0, -'.yaml'.length)
    if (!usual.test(name) && name !== `${fold(person)}.yaml`) return true
    return splitDetail(person, this.#delimiters).detail !== undefined
  }

  /** A person's file that nobody would find leaves the person without policy, so it counts as a broken one. */
  #wrong(path: string, name: string, twin: string | undefined): Problem | undefined {
    const wrong = (message: string, mend: string) => problemOf(shown(path), 'name', message, mend)
    const person = personOf(name)
    if (name.endsWith('.yml')) return wrong('this file is not read', `call it ${person}.yaml`)
    if (twin !== undefined)
      return wrong(`this file and ${shown(join(this.#folder, twin))} are for the same person`, 'put them together')
    if (name !== `${person}.yaml`) return wrong('files have lower-case names', `call it ${person}.yaml`)
    const { base, detail } = splitDetail(person, this.#delimiters)
    if (detail === undefined) return undefined
    return wrong('a detail is left out when files are looked up', `use a rule with detail: in ${base}.yaml`)
  }
}

/** Whom a file is for: the folded name without its ending. */
export function personOf(name: string): string {
  return fold(name.replace(/\.ya?ml$/, ''))
}

const usual = /^[a-z0-9._-]+\.yaml$/
