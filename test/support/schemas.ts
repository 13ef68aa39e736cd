/** What the schemas for editors say of a policy file. */
import { Ajv } from 'ajv'
import { parseDocument } from 'yaml'
import type { Kind } from '../../src/decide/read/policy-file.ts'
import { schemas, schemaText, type SchemaName } from '../../src/tools/schema.ts'

export const schemaNames = Object.keys(schemas) as readonly SchemaName[]

const ajv = new Ajv({ strict: true, allowUnionTypes: true, strictRequired: false, strictTypes: false })
const validators = new Map(schemaNames.map(name => [name, ajv.compile(JSON.parse(schemaText(name)) as object)]))

/** Undefined: an editor sees no value at all, or broken YAML. */
export function schemaTakes(name: SchemaName, text: string): boolean | undefined {
  const document = parseDocument(text, { prettyErrors: false, logLevel: 'silent' })
  const value: unknown = document.errors.length > 0 ? undefined : document.toJS()
  return value === undefined || value === null ? undefined : validators.get(name)?.(value)
}

export function schemaOfKind(kind: Kind): SchemaName {
  switch (kind) {
    case 'person':
    case 'domain':
      return kind
    case 'group':
    case 'top group':
      return 'group'
    case 'site':
      return 'default'
  }
}
