/** Reads lmtp-gate.yaml key by key and keeps the place of everything that is wrong. */
import type { Code } from '../decide/codes.ts'
import { nearest } from '../decide/problem.ts'
import type { Span } from '../decide/problem.ts'
import type { Findings, Pair, Table, Tree } from '../decide/read/tree.ts'
import type { Read, Reader } from './values.ts'

/**
 * One level of keys. A key is known once it has been asked for; what was not is reported by `done`. A value that is wrong is reported and
 * counts as missing, so that one look finds all problems.
 */
export class Section {
  readonly #findings: Findings
  readonly #span: Span
  readonly #pairs: ReadonlyMap<string, Pair>
  readonly #known: string[] = []

  constructor(findings: Findings, table: Table | undefined) {
    this.#findings = findings
    this.#span = table?.span ?? { start: 0, end: 0 }
    this.#pairs = new Map(table?.pairs.map(pair => [pair.key.text, pair]))
  }

  has(key: string): boolean {
    return this.#pairs.has(key)
  }

  /** One value, if the key is there. */
  one<T>(key: string, read: Reader<T>): T | undefined {
    const value = this.#value(key)
    return value === undefined ? undefined : this.#text(value, read)
  }

  /** One value of a key that must be there. */
  needed<T>(key: string, read: Reader<T>): T | undefined {
    if (!this.#pairs.has(key))
      this.#findings.error(this.#span, 'missing-key', `"${key}" is missing here`, `write ${key}: and its value`)
    return this.one(key, read)
  }

  /** One value or a list of them, at least one; a value may be a map, if `readMap` knows how to read it. */
  several<T>(key: string, read: Reader<T>, readMap?: (section: Section) => T | undefined): readonly T[] | undefined {
    const value = this.#value(key)
    if (value === undefined) return undefined
    const items = value.kind === 'list' ? value.items : [value]
    if (items.length === 0)
      this.#findings.error(value.span, 'no-value', 'the list is empty', 'fill it, or leave the key out')
    return items
      .map(item =>
        item.kind === 'table' && readMap !== undefined ? this.#inside(item, readMap) : this.#text(item, read),
      )
      .filter(item => item !== undefined)
  }

  /** One value, or a section that says more; an empty section if the key is missing. */
  oneOr<T>(key: string, read: Reader<T>, readSection: (section: Section) => T): T {
    return this.maybe(key, read, readSection) ?? this.#inside(undefined, readSection)
  }

  /** One value, or a section that says more, if the key is there. */
  maybe<T>(key: string, read: Reader<T>, readSection: (section: Section) => T | undefined): T | undefined {
    const value = this.#value(key)
    return value?.kind === 'table' ? this.#inside(value, readSection) : value && this.#text(value, read)
  }

  /** A section of this one, an empty one if the key is missing. */
  section<T>(key: string, read: (section: Section) => T): T {
    const value = this.#value(key)
    if (value === undefined || value.kind === 'table') return this.#inside(value, read)
    this.#findings.error(value.span, 'wrong-type', `"${key}" has keys of its own`, `write ${key}: { key: value }`)
    return this.#inside(undefined, read)
  }

  /** These keys belong to another file. */
  elsewhere(keys: readonly string[], mend: string): void {
    for (const key of keys) {
      const span = this.#pairs.get(key)?.key.span
      if (span === undefined) continue
      this.#known.push(key)
      this.#findings.error(span, 'misplaced', `"${key}" has no place in lmtp-gate.yaml`, mend)
    }
  }

  /** The section as a whole is wrong. */
  refuse(code: Code, message: string, mend: string): void {
    this.#known.push(...this.#pairs.keys())
    this.#findings.error(this.#span, code, message, mend)
  }

  /** Reports the keys that nobody asked for. */
  done(): void {
    for (const { key } of this.#pairs.values()) {
      if (this.#known.includes(key.text)) continue
      const near = nearest(key.text, this.#known)
      const mend = near === undefined ? `known here: ${this.#known.join(', ')}` : `did you mean "${near}"?`
      this.#findings.error(key.span, 'unknown-key', `unknown key "${key.text}"`, mend)
    }
  }

  #inside<T>(table: Table | undefined, read: (section: Section) => T): T {
    const section = new Section(this.#findings, table)
    const value = read(section)
    section.done()
    return value
  }

  #value(key: string): Tree | undefined {
    this.#known.push(key)
    return this.#pairs.get(key)?.value
  }

  #text<T>(value: Tree, read: Reader<T>): T | undefined {
    const result: Read<T> =
      value.kind === 'text'
        ? read(value.text)
        : { wrong: `a ${value.kind === 'table' ? 'map' : 'list'} cannot stand here`, mend: 'write one value' }
    if ('value' in result) return result.value
    this.#findings.error(value.span, 'wrong-value', result.wrong, result.mend)
    return undefined
  }
}
