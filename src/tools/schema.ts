/** `lmtp-gate schema`: what editors need to complete policy files and to check them while they are written. */
import { readerOf, type Kind } from '../decide/read/policy-file.ts'
import { schemaOf } from '../decide/read/reader.ts'
import type { Schema } from '../decide/read/schema.ts'

/** By the names under which they are shipped: `rules/person.schema.json`. */
export const schemas = {
  person: { kinds: ['person'], title: "A person's policy" },
  group: { kinds: ['top group'], title: 'The policy of a group' },
  domain: { kinds: ['domain'], title: 'The policy of a domain' },
  default: { kinds: ['site'], title: 'The policy of the site' },
  policy: { kinds: ['domain', 'top group'], title: 'A policy of any kind' },
} as const satisfies Readonly<Record<string, { readonly kinds: readonly Kind[]; readonly title: string }>>

export type SchemaName = keyof typeof schemas

export function schemaText(name: SchemaName): string {
  const { kinds, title } = schemas[name]
  const definitions = new Map<string, object>()
  const whole = shared(together(kinds.map(kindSchema)), definitions)
  const sorted = Object.fromEntries([...definitions].sort(([a], [b]) => (a < b ? -1 : 1)))
  const draft = { $schema: 'http://json-schema.org/draft-07/schema#', title, ...whole, definitions: sorted }
  return `${JSON.stringify(draft, undefined, 1)}\n`
}

/** A group is for somebody. */
export function kindSchema(kind: Kind): Schema {
  const schema = schemaOf(readerOf(kind, '+'))
  return kind === 'group' || kind === 'top group' ? { ...schema, required: ['for'] } : schema
}

/** The first, with `for` as in any of them. */
function together([first = {}, ...others]: readonly Schema[]): Schema {
  const all = [first, ...others].map(({ properties }) => properties?.['for']).filter(one => one !== undefined)
  const [{ description = '' } = {}] = all
  return others.length === 0
    ? first
    : { ...first, properties: { ...first.properties, for: { description, anyOf: all } } }
}

/** What has a name goes to the definitions; a meaning of its own stays where it is. */
function shared({ name, description, ...rest }: Schema, definitions: Map<string, object>): object {
  const told = description === undefined ? {} : { description }
  const body = sharedParts(rest, definitions)
  if (name === undefined) return { ...told, ...body }
  const known = definitions.get(name)
  if (known !== undefined && JSON.stringify(known) !== JSON.stringify(body))
    throw new Error(`two definitions are called ${name}`)
  definitions.set(name, body)
  return { ...told, $ref: `#/definitions/${name}` }
}

function sharedParts(schema: Schema, definitions: Map<string, object>): object {
  const inside = (part: Schema) => shared(part, definitions)
  const { properties, anyOf, items, additionalProperties, ...plain } = schema
  return {
    ...plain,
    ...(items === undefined ? {} : { items: inside(items) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map(inside) }),
    ...(properties === undefined ? {} : { properties: mapped(properties, inside) }),
    ...(additionalProperties === undefined
      ? {}
      : { additionalProperties: additionalProperties === false ? false : inside(additionalProperties) }),
  }
}

function mapped<T, U>(some: Readonly<Record<string, T>>, change: (value: T) => U): Readonly<Record<string, U>> {
  return Object.fromEntries(Object.entries(some).map(([key, value]) => [key, change(value)]))
}
