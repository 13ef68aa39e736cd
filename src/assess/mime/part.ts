/** What the header of a part says, in every reading of it (RFC 2045, 2046, 2183). */
import type { Findings } from './findings.ts'
import type { Field, FieldName } from './header/header-block.ts'
import { boundariesOf } from './header/boundaries.ts'
import { partNames } from './header/part-names.ts'
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
  readonly names: readonly string[]
  readonly isAttachment: boolean
}

/** `fallback`: its type if it does not say. */
export function readPart(fields: readonly Field[], fallback: string, findings: Findings): Part {
  for (const name of ['Content-Type', 'Content-Transfer-Encoding', 'Content-Disposition', 'MIME-Version'] as const) {
    const bodies = bodiesOf(fields, name)
    if (bodies.length > 1) findings.ambiguous(`${bodies.length === 2 ? 'two' : 'several'} ${name} fields`)
    if (bodies.some(body => /[\x80-\xff]/.test(body))) findings.ambiguous(`8-bit characters in ${name}`)
  }
  const contents = structuredFields(fields, 'Content-Type', findings)
  const dispositions = structuredFields(fields, 'Content-Disposition', findings)
  const parameters = [...contents, ...dispositions].flatMap(field => field.parameters)
  const names = partNames(parameters, words => findings.ambiguous(words))
  const types = typesOf(contents, fallback, findings)
  const kind = kindOf(types)
  const contentParameters = contents.flatMap(field => field.parameters)
  return {
    kind,
    types,
    boundaries: kind === 'multipart' ? boundariesOf(contentParameters, findings) : [],
    encodings: encodingsOf(bodiesOf(fields, 'Content-Transfer-Encoding'), kind, findings),
    names,
    isAttachment: names.length > 0 || types.some(type => !/^(text|multipart)(\/|$)/.test(type)),
  }
}

function bodiesOf(fields: readonly Field[], name: FieldName): string[] {
  return fields.filter(field => field.name === name).map(field => field.body)
}

function structuredFields(fields: readonly Field[], name: FieldName, findings: Findings): Structured[] {
  const { parameters } = findings.limits
  return bodiesOf(fields, name).map(body => {
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
