/** Conditions on what the header says, and on what trusted hosts say of it. */
import { addressText, quoted } from '../../found.ts'
import type { AuthResult, Facts } from '../../facts.ts'
import { fold, globMatches } from '../../glob.ts'
import { fits } from '../../pattern.ts'
import { fromProven } from '../../proof.ts'
import type { Condition } from '../../settings.ts'
import { seenTexts, textPattern, type SeenText, type TextPattern } from '../../text-pattern.ts'
import { about, oneOf, schemaOf, someOf, tableOf, taking, wordOf, type Reader } from '../reader.ts'
import { textSchema, type Schema } from '../schema.ts'
import { lineOf, namePatternValue, patternValue } from '../values.ts'
import { isSo } from './is-so.ts'
import { anyOf, seenIn, type ConditionReader, type Look, type Seen } from './any-of.ts'

/** Of all text patterns of a file together, each being held against every text that is seen. */
const maxEffort = 50_000

const textSchemaOf = textSchema('invoice (anywhere), "Re: *" (the whole), /rechnung|invoice/ (an expression)', 600)

const textLine = lineOf('a text pattern', 600, 'invoice')

const textValue: Reader<TextPattern> = taking(textSchemaOf, (tree, findings) => {
  const text = textLine(tree, findings)
  if (text === null) return null
  const pattern = textPattern(text)
  if ('wrong' in pattern) return findings.error(tree.span, 'wrong-value', pattern.wrong, pattern.mend)
  if (/[^*?]\?$/.test(text))
    findings.warn(
      tree.span,
      'pattern',
      'the ? at the end stands for any one character, and the whole text has to fit',
      "for a question mark write an expression, as '/really\\?/'",
    )
  findings.effort += pattern.effort
  findings.memory += pattern.memory
  return findings.effort <= maxEffort
    ? pattern
    : findings.error(
        tree.span,
        'limit',
        'the text patterns of this file are too many to be held against every message',
        'use fewer, or smaller expressions',
      )
})

/** The texts of all fields of this lower-case name. */
function fieldTexts({ fields }: Facts, name: string): Seen<SeenText> {
  return seenIn(fields, all => seenTexts(all.find(field => field.name === name)?.texts ?? none))
}

const none: readonly string[] = []

const texts: Omit<Look<TextPattern, SeenText>, 'seen'> = {
  lasting: true,
  written: ({ text }) => text,
  key: ({ key }) => key,
  fits: (pattern, text) => pattern.fits(text),
  words: ({ plain }) => quoted(plain),
}

function fieldCondition(name: string, field: string): ConditionReader {
  const lower = field.toLowerCase()
  return anyOf(name, textValue, {
    ...texts,
    needs: ['fields'],
    fields: [lower],
    seen: facts => fieldTexts(facts, lower),
  })
}

const headerTexts = someOf(textValue)
const headerSchema = (): Schema => ({
  description: '{ X-Name: text }, "*": it is there',
  type: 'object',
  minProperties: 1,
  propertyNames: { pattern: '^[\\x21-\\x39\\x3b-\\x7e]{1,100}$' },
  additionalProperties: schemaOf(headerTexts),
})

/** A condition for each name, all of which must hold. */
const headerCondition: ConditionReader = taking(headerSchema, (tree, findings) => {
  if (tree.kind !== 'table')
    return findings.error(tree.span, 'wrong-type', 'header has names and texts', 'write { X-Name: text }')
  if (tree.pairs.length === 0)
    return findings.error(tree.span, 'empty', 'no field stands here', 'write { X-Name: text }')
  const conditions: Condition[] = []
  for (const { key, value } of tree.pairs) {
    const name = `header ${key.text}`
    if (!/^[\x21-\x39\x3b-\x7e]{1,100}$/.test(key.text))
      findings.error(
        key.span,
        'header',
        `"${key.text}" is no name of a header field (RFC 5322 §2.2)`,
        'write it as X-Name',
      )
    else if (conditions.some(other => other.name.toLowerCase() === name.toLowerCase()))
      findings.error(key.span, 'repeated-key', `"${key.text}" stands here twice`, 'upper and lower case are the same')
    else conditions.push(...(fieldCondition(name, key.text)(value, findings) ?? []))
  }
  return conditions
})

/** What makes list mail of it: its id, if it has one. */
type ListSign = { readonly id: string | undefined }

const listFields = ['list-id', 'list-post', 'list-unsubscribe', 'precedence']

function listSigns({ fields }: Facts): Seen<ListSign> {
  return seenIn(fields, all => {
    const textsOf = (name: string) => all.find(field => field.name === name)?.texts ?? []
    const ids: readonly ListSign[] = textsOf('list-id').map(text => ({
      id: /<([^<>]*)>[^<>]*$/.exec(text)?.[1]?.trim() ?? text,
    }))
    const isList =
      textsOf('list-post').length > 0 ||
      textsOf('list-unsubscribe').length > 0 ||
      textsOf('precedence').some(text => /^(?:bulk|list)$/i.test(text))
    return ids.length === 0 && isList ? [{ id: undefined }] : ids
  })
}

/** `true`, or a pattern for the id of the list. */
const listSchema: Schema = {
  description: 'true, or a pattern for its id',
  anyOf: [{ enum: [true, 'true'] }, { ...textSchema('', 500, '(?!false$)'), type: ['string', 'number', 'null'] }],
}

const listValue: Reader<true | string> = taking(listSchema, (tree, findings) => {
  const text = wordOf(tree, findings, 'true, or the name of a list', 'true')
  if (text === 'true') return true
  if (text === 'false')
    return findings.error(
      tree.span,
      'wrong-value',
      'list is true, or the name of a list',
      'write unless: { list: true }',
    )
  return text === null ? null : namePatternValue(tree, findings)
})

const results = [
  'pass',
  'fail',
  'none',
  'softfail',
  'neutral',
  'policy',
  'temperror',
  'permerror',
] as const satisfies readonly string[]

function resultOf(method: AuthResult['method']): ConditionReader {
  return anyOf(`auth ${method}`, oneOf('result', results), {
    needs: ['auth'],
    written: result => result,
    seen: ({ auth }) => seenIn(auth, all => all.filter(one => one.method === method).map(({ result }) => result)),
    fits: (wanted, result) => wanted === result,
    words: result => result,
  })
}

const authKeys = tableOf('auth', {
  spf: about('of the envelope sender', resultOf('spf')),
  dkim: about('of a signature', resultOf('dkim')),
  dmarc: about('of the From address', resultOf('dmarc')),
})

/** A condition for each method, all of which must hold. */
const authSchema = () => ({ description: '{ spf, dkim, dmarc: result }', ...schemaOf(authKeys), minProperties: 1 })

const authCondition: ConditionReader = taking(authSchema, (tree, findings) => {
  const read = authKeys(tree, findings)
  if (read === null) return null
  const conditions = Object.values(read).flat()
  return conditions.length > 0 || findings.broken
    ? conditions
    : findings.error(tree.span, 'empty', 'no method stands here', 'write { dmarc: fail }')
})

export const headerConditions = {
  from: about(
    'any address in From',
    anyOf('from', patternValue, {
      needs: ['from'],
      written: ({ text }) => text,
      seen: ({ from }) => seenIn(from, all => all),
      fits,
      words: addressText,
    }),
  ),
  to: about(
    'any address in To or Cc',
    anyOf('to', patternValue, {
      needs: ['to'],
      written: ({ text }) => text,
      seen: ({ to }) => seenIn(to, all => all),
      fits,
      words: addressText,
    }),
  ),
  from_name: about(
    'the display name in From',
    anyOf('from_name', textValue, {
      ...texts,
      needs: ['fromNames'],
      seen: ({ fromNames }) => seenIn(fromNames, seenTexts),
    }),
  ),
  subject: about('any Subject', fieldCondition('subject', 'Subject')),
  header: about('fields by name, all of which must fit', headerCondition),
  list: about(
    'whether it is list mail, or of which list',
    anyOf('list', listValue, {
      needs: ['fields'],
      fields: listFields,
      written: value => String(value),
      seen: listSigns,
      fits: (value, { id }) => value === true || (id !== undefined && globMatches(fold(value), fold(id))),
      words: ({ id }) => (id === undefined ? 'of no name' : quoted(id)),
    }),
  ),
  proven: about('whether the From address is proven', isSo('proven', ['from', 'auth'], fromProven)),
  auth: about('what trusted hosts found out', authCondition),
}
