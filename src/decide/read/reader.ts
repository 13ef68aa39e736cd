/** Readers: from a tree to a value of a type, with every slip reported where it stands. */
import { nearest, type Span } from '../problem.ts'
import type { Schema } from './schema.ts'
import type { Findings, Table, Tree } from './tree.ts'

/** Null: it was wrong, and that is reported. */
type Reading<T> = (tree: Tree, findings: Findings) => T | null

/** `schema`: what it takes, for editors. */
export type Reader<T> = Reading<T> & { schema(): Schema }

export function schemaOf(reader: Reader<unknown>): Schema {
  return reader.schema()
}

export function taking<T>(schema: Schema | (() => Schema), reading: Reading<T>): Reader<T> {
  const read: Reading<T> = (tree, findings) => reading(tree, findings)
  return Object.assign(read, { schema: () => (typeof schema === 'function' ? schema() : schema) })
}

/** A reader, with what its key means in front of how its value is written. */
export function about<T>(meaning: string, reader: Reader<T>): Reader<T> {
  return taking(() => {
    const { description, ...schema } = schemaOf(reader)
    return { description: description === undefined ? meaning : `${meaning} (${description})`, ...schema }
  }, reader)
}

/** A value and where it stands. */
export type Spot<T> = { readonly value: T; readonly span: Span }

const maxEntries = 10_000

export function spot<T>(reader: Reader<T>): Reader<Spot<T>> {
  return taking(
    () => schemaOf(reader),
    (tree, findings) => {
      const value = reader(tree, findings)
      return value === null ? null : { value, span: tree.span }
    },
  )
}

/** A list means "any of these", everywhere; one value alone is a list of one. */
export function listOf<T>(reader: Reader<T>): Reader<readonly Spot<T>[]> {
  const entry = spot(reader)
  return taking(listSchema(reader, 0), (tree, findings) => {
    const items = tree.kind === 'list' ? tree.items : [tree]
    findings.entries += items.length
    if (findings.entries > maxEntries)
      return findings.error(
        tree.span,
        'limit',
        `more than ${maxEntries} entries in a file`,
        'split it, or use patterns with *',
      )
    const read = items.map(item => entry(item, findings))
    return read.filter(item => item !== null)
  })
}

function listSchema(reader: Reader<unknown>, minItems: number): () => Schema {
  return () => {
    const items = schemaOf(reader)
    const { description = '' } = items
    return { description, anyOf: [items, { type: 'array', items, minItems, maxItems: maxEntries }] }
  }
}

/** As `listOf`, where an empty list would say nothing. */
export function someOf<T>(reader: Reader<T>): Reader<readonly Spot<T>[]> {
  const list = listOf(reader)
  return taking(listSchema(reader, 1), (tree, findings) => {
    if (tree.kind === 'list' && tree.items.length === 0)
      return findings.error(tree.span, 'empty', 'an empty list fits nothing', 'name something, or leave the key out')
    return list(tree, findings)
  })
}

/** A text; anything else is of the wrong type. `what` and `example` as in "a size belongs here", "write 50MB". */
export function wordOf(tree: Tree, findings: Findings, what: string, example: string): string | null {
  if (tree.kind === 'text') return tree.text
  const found = tree.kind === 'list' ? 'a list' : 'a table of keys'
  return findings.error(tree.span, 'wrong-type', `${what} belongs here, not ${found}`, `for example ${example}`)
}

export function oneOf<const T extends string>(
  what: string,
  words: readonly T[],
  others: Readonly<Record<string, string>> = {},
): Reader<T> {
  return taking({ description: words.join(', '), enum: words }, (tree, findings) => {
    const text = wordOf(tree, findings, what, words[0] ?? '')
    if (text === null) return null
    const found = words.find(word => word === text)
    if (found !== undefined) return found
    const meant = others[text] === undefined ? nearest(text, words) : undefined
    const why = others[text] === undefined ? '' : `: ${others[text]}`
    const mend = meant === undefined ? `one of ${words.join(', ')}` : `did you mean "${meant}"?`
    return findings.error(tree.span, 'wrong-value', `"${text}" is no ${what} here${why}`, mend)
  })
}

export type Keys = Readonly<Record<string, Reader<unknown>>>

/** What the readers of the keys gave; a key that is missing, or was wrong, is missing here. */
export type Read<K extends Keys> = { readonly [P in keyof K]?: Exclude<ReturnType<K[P]>, null> }

/** Keys that are not in the table, and why. */
export type Refused = Readonly<Record<string, string>>

/** `what` as in `unknown key "thn" in a rule`. */
export function tableOf<K extends Keys>(what: string, keys: K, refused: Refused = {}): Reader<Read<K>> {
  return taking(tableSchema(keys), (tree, findings) => {
    if (tree.kind !== 'table') return noTable(tree, findings, what, Object.keys(keys))
    const read: Record<string, unknown> = {}
    for (const { key, value } of tree.pairs) {
      const reader = Object.hasOwn(keys, key.text) ? keys[key.text] : undefined
      if (reader !== undefined) {
        const one = reader(value, findings)
        if (one !== null) read[key.text] = one
      } else if (Object.hasOwn(refused, key.text))
        findings.error(key.span, 'misplaced', `"${key.text}" has no place in ${what}`, refused[key.text])
      else unknownKey(key.text, key.span, findings, what, Object.keys(keys))
    }
    return read as Read<K>
  })
}

function tableSchema(keys: Keys): () => Schema {
  return () => {
    const properties = Object.entries(keys).map(([key, reader]) => [key, schemaOf(reader)] as const)
    return { type: 'object', additionalProperties: false, properties: Object.fromEntries(properties) }
  }
}

function unknownKey(key: string, span: Span, findings: Findings, what: string, right: readonly string[]): void {
  const glued = /^([a-z_]+):(?=\S)/.exec(key)?.[1]
  if (glued !== undefined && right.includes(glued)) {
    findings.error(span, 'unknown-key', 'a blank belongs after the colon', `write ${glued}: with a blank behind it`)
    return
  }
  const meant = nearest(key, right)
  // A section has no exceptions of its own, and people look for them there.
  const elsewhere = conditional.includes(key) ? '; conditions and exceptions stand in rules' : ''
  const mend = meant === undefined ? `known are ${right.join(', ')}${elsewhere}` : `did you mean "${meant}"?`
  findings.error(span, 'unknown-key', `unknown key "${key}" in ${what}`, mend)
}

const conditional: readonly string[] = ['when', 'unless']

function noTable(tree: Exclude<Tree, Table>, findings: Findings, what: string, keys: readonly string[]): null {
  if (tree.kind === 'text') {
    const glued = /^([a-z_]+):(\S.*)$/s.exec(tree.text)
    if (tree.plain && glued?.[1] !== undefined && keys.includes(glued[1]))
      return findings.error(
        tree.span,
        'no-value',
        'a blank belongs after the colon',
        `write ${glued[1]}: ${glued[2] ?? ''}`,
      )
  }
  const found = tree.kind === 'list' ? 'a list' : 'a text'
  return findings.error(
    tree.span,
    'wrong-type',
    `${what} has keys, this is ${found}`,
    (tree.kind === 'text' && shorthand(tree.text, keys)) || `its keys are ${keys.join(', ')}`,
  )
}

/** What somebody means who wrote a key without a value, or the value of the one key that everybody wants. */
function shorthand(text: string, keys: readonly string[]): string | undefined {
  if (keys.includes(text)) return `write { ${text}: ... }, with what it is to be`
  // Of a range either end may be meant.
  const meant = keys.includes('min')
    ? undefined
    : usual.find(({ key, values }) => keys.includes(key) && values.test(text))
  return meant && `write { ${meant.key}: ${text} }`
}

const usual = [
  { key: 'junk', values: /^\d{1,3}(?:\.\d{1,3})?$/ },
  { key: 'max', values: /^\d{1,15}(?:[kmg]b?)?$/i },
]
