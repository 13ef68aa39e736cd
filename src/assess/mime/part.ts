/** What the header of a part says, in every reading of it (RFC 2045, 2046, 2183). */
import type { Findings } from './findings.ts'
import { fieldNames, type Bodies, type Field, type FieldName } from './header/header-block.ts'
import { boundariesOf } from './header/boundaries.ts'
import { fileNames } from './header/file-names.ts'
import { partNames } from './header/part-names.ts'
import { secondNames } from './header/second-names.ts'
import { structured, type Structured } from './header/parameters.ts'
import { encodingsOf, type Encoding } from './header/encodings.ts'

/** `message` is a message in the message. A part is all that any of its readings makes it, but has one kind to be followed into. */
export type Part = {
  readonly kind: 'multipart' | 'message' | 'leaf'
  /** As declared, in lower case; more than one if it has more than one Content-Type. */
  readonly types: readonly string[]
  /** More than one if readers may differ, none if there is none. */
  readonly boundaries: readonly string[]
  readonly encodings: readonly Encoding[]
  /** Fit for patterns. */
  readonly names: readonly string[]
  /** With those by a second reader, who has nothing to do with parts that have no content of their own. */
  readonly allNames: readonly string[]
  readonly isAttachment: boolean
}

/** `fallback`: its type if it does not say. Equal fields are read once, since a message may have a thousand such parts. */
export function readPart(fields: readonly Field[], fallback: string, findings: Findings): Part {
  const { last } = findings
  if (last?.fallback === fallback && isSame(last.fields, fields)) return last.part
  const key = [fallback, ...fields.map(({ name, body }) => `${name}:${body}`)].join('\n')
  const part = findings.read.get(key) ?? readFields(fields, fallback, findings)
  findings.read.set(key, part)
  findings.last = { fields, fallback, part }
  return part
}

function isSame(a: readonly Field[], b: readonly Field[]): boolean {
  return a.length === b.length && a.every(({ name, body }, at) => b[at]?.name === name && b[at].body === body)
}

function readFields(fields: readonly Field[], fallback: string, findings: Findings): Part {
  const bodies = bodiesOf(fields)
  for (const name of fieldNames) {
    const { length } = bodies[name]
    if (length > 1) findings.ambiguous(`${length === 2 ? 'two' : 'several'} ${name} fields`)
  }
  for (const { name, body } of fields) if (/[\x80-\xff]/.test(body)) findings.ambiguous(`8-bit characters in ${name}`)
  const contents = structuredFields(bodies, 'Content-Type', findings)
  const dispositions = structuredFields(bodies, 'Content-Disposition', findings)
  const contentParameters = contents.flatMap(field => field.parameters)
  const parameters = [...contentParameters, ...dispositions.flatMap(field => field.parameters)]
  const names = partNames(parameters, words => findings.ambiguous(words))
  const { name: max } = findings.limits
  if (names.some(name => name.length > max)) findings.unreadable(`a name of more than ${max} characters`)
  const types = typesOf(contents, fallback, findings)
  const kind = kindOf(types)
  const fit = fitNames(names, max)
  const isAttachment = names.length > 0 || types.some(type => !/^(text|multipart)(\/|$)/.test(type))
  const further = isAttachment ? secondNames(bodies).filter(name => !names.includes(name)) : []
  return {
    kind,
    types,
    boundaries: kind === 'multipart' ? boundariesOf(contentParameters, findings) : [],
    encodings: encodingsOf(bodies['Content-Transfer-Encoding'], kind, findings),
    names: fit,
    allNames: further.length === 0 ? fit : fitNames([...names, ...further], max),
    isAttachment,
  }
}

/** As patterns are held against them, each once. */
function fitNames(names: readonly string[], max: number): string[] {
  return [...new Set(names.flatMap(name => fileNames(name, max)))]
}

function bodiesOf(fields: readonly Field[]): Bodies {
  const bodies: Record<FieldName, string[]> = {
    'Content-Type': [],
    'Content-Transfer-Encoding': [],
    'Content-Disposition': [],
    'MIME-Version': [],
  }
  for (const { name, body } of fields) bodies[name].push(body)
  return bodies
}

function structuredFields(bodies: Bodies, name: FieldName, findings: Findings): Structured[] {
  const { parameters } = findings.limits
  return bodies[name].map(body => {
    const field = structured(
      body,
      parameters,
      words => findings.ambiguous(`${words} in ${name}`),
      () => findings.unreadable(`more than ${parameters} parameters in ${name}`),
    )
    if (conflicting(field)) findings.ambiguous(`a parameter twice in ${name}`)
    return field
  })
}

function conflicting(field: Structured): boolean {
  const seen = new Map<string, string | undefined>()
  return field.parameters.some(({ name, readings: [value] }) => {
    const before = seen.get(name)
    seen.set(name, value)
    return before !== undefined && before !== value
  })
}

function typesOf(contents: readonly Structured[], fallback: string, findings: Findings): string[] {
  const types = contents.map(({ value }) => {
    if (/^[!-'*+\-.0-9^-~]{1,127}\/[!-'*+\-.0-9^-~]{1,127}$/.test(value)) return value
    findings.ambiguous('a Content-Type that is none')
    return value.slice(0, 255).replace(/[^\x20-\x7e]/g, '?')
  })
  const written = types.filter(type => type !== '')
  return written.length === 0 ? [fallback] : [...new Set(written)]
}

function kindOf(types: readonly string[]): Part['kind'] {
  if (types.some(type => type.startsWith('multipart/'))) return 'multipart'
  return types.some(type => type === 'message/rfc822' || type === 'message/global') ? 'message' : 'leaf'
}
