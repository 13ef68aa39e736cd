/** What a reader takes, as JSON Schema (draft 7, the newest that editors know for YAML). It may take more than the reader, never less. */

/** `name`: stands once among the definitions of a whole schema. */
export type Schema = {
  readonly name?: string
  readonly description?: string
  readonly type?: Type | readonly Type[]
  readonly enum?: readonly (string | boolean)[]
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly minItems?: number
  readonly maxItems?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | false
  readonly propertyNames?: Schema
  readonly minProperties?: number
  readonly maxProperties?: number
  readonly required?: readonly string[]
  readonly if?: Schema
  readonly then?: Schema
}

type Type = 'string' | 'number' | 'integer' | 'boolean' | 'null' | 'array' | 'object'

/**
 * A text. To us every scalar is one, to an editor `007`, `true` and `~` are not. `pattern` for those that are; without it the whole text, of `max`
 * characters at most, in one line.
 */
export function textSchema(description: string, max: number, pattern = ''): Schema {
  return { description, type: ['string', 'number', 'boolean', 'null'], pattern: `^${pattern}${line(max)}$` }
}

/** A text that no editor takes for anything else. */
export function wordSchema(description: string, pattern: string): Schema {
  return { description, type: 'string', pattern: `^(?:${pattern})$` }
}

/** Blanks around it do not count. */
function line(max: number): string {
  const no = '\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029'
  return `\\s*[^\\s${no}](?:[^${no}]{0,${max - 2}}[^\\s${no}])?\\s*`
}
