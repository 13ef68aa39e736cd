/** What `users` allows in vain: nobody can write it, or nobody can use it (rules/README.md). */
import { readerOf, type PolicyFile } from './read/policy-file.ts'
import { schemaOf } from './read/reader.ts'
import type { Schema } from './read/schema.ts'
import { actions } from './read/values.ts'
import { limitsOf, type Limit, type Limits } from './users.ts'
import type { Action } from './verdict.ts'

/** `site`: the limits of default.yaml, if this is another file. */
export function adviseUsers(file: PolicyFile, site: Limits): void {
  const { findings, said } = file
  const limits = [...limitsOf(file, undefined), ...site]
  for (const of of ['keys', 'actions'] as const)
    for (const { value, span } of said.users?.[of]?.value ?? []) {
      const why = limits.map(limit => (limit.of === of ? notBelow(value, limit) : withoutOther(value, limit)))
      const [first] = why.filter(one => one !== undefined)
      if (first !== undefined) findings.warn(span, 'never', ...first)
    }
}

/** What is wrong, and how to mend it. */
type Advice = readonly [string, string]

function notBelow(word: string, { allowed, at }: Limit): Advice | undefined {
  if (allowed.some(one => one === word || one.startsWith(`${word}.`) || word.startsWith(`${one}.`))) return undefined
  return [`"${word}" is not allowed for the whole site, so nobody may use it here`, `see ${at}`]
}

/** A key without an action to write there, or an action without a key to write it under. */
function withoutOther(word: string, { of, allowed, at }: Limit): Advice | undefined {
  if (of === 'keys') {
    if (allowed.some(key => named.get(key)?.some(action => action === word))) return undefined
    return [
      `nobody can use "${word}": no key that users may set can name it`,
      `allow such a key in ${at}, or leave this action out`,
    ]
  }
  const all = sections.has(word) ? [] : (named.get(word) ?? [])
  if (all.length === 0 || all.some(action => allowed.includes(action))) return undefined
  const only = allowed.length === 0 ? 'no action' : `only ${allowed.join(', ')}`
  return [
    `nobody can write "${word}": it names ${anyOf(all)}, and users may use ${only}`,
    `allow such an action in ${at}, or leave this key out`,
  ]
}

function anyOf(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`
}

const keys = Object.entries(schemaOf(readerOf('person', '')).properties ?? {})

/** Of sections and rules something can be said without an action. */
const sections: ReadonlySet<string> = new Set(
  keys.filter(([, schema]) => partsOf(schema).length > 0).map(([key]) => key),
)

/** Which actions can be named by each key of a person's file, dotted ones too. */
const named: ReadonlyMap<string, readonly Action[]> = new Map(
  keys.flatMap(([key, schema]) => {
    const parts = partsOf(schema).map(([part, value]) => [`${key}.${part}`, actionsOf(part, value)] as const)
    return [[key, [...actionsOf('', schema), ...parts.flatMap(([, some]) => some)]] as const, ...parts]
  }),
)

function partsOf(schema: Schema): readonly (readonly [string, Schema])[] {
  const tables = [...formsOf(schema), ...(schema.items === undefined ? [] : [schema.items])]
  return tables.flatMap(({ properties = {} }) => Object.entries(properties))
}

/** A key is an action itself, or its value is one. */
function actionsOf(key: string, schema: Schema): readonly Action[] {
  const words = [key, ...formsOf(schema).flatMap(one => one.enum ?? [])]
  return actions.filter(action => words.includes(action))
}

function formsOf(schema: Schema): readonly Schema[] {
  return [schema, ...(schema.anyOf ?? [])]
}
