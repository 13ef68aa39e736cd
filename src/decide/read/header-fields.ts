/** The header fields that a rule may write. A field of such a name that came in is left out, so most names of a message are not for this. */
import { schemaOf, taking, type Reader } from './reader.ts'
import type { Schema } from './schema.ts'
import { lineOf } from './values.ts'

export type HeaderField = { readonly name: string; readonly text: string }

const maxName = 60
const maxText = 500
const maxFields = 20

const textValue = lineOf('a header text', maxText, 'shop')

const headersSchema = (): Schema => ({
  description: '{ X-Name: text }',
  type: 'object',
  minProperties: 1,
  maxProperties: maxFields,
  propertyNames: {
    pattern: `^${reserved.map(([names]) => notIn(names)).join('')}[\\x21-\\x39\\x3b-\\x7e]{1,${maxName}}$`,
  },
  additionalProperties: schemaOf(textValue),
})

export const headersValue: Reader<readonly HeaderField[]> = taking(headersSchema, (tree, findings) => {
  if (tree.kind !== 'table')
    return findings.error(tree.span, 'wrong-type', 'headers are names and texts', 'write { X-Name: text }')
  if (tree.pairs.length === 0)
    return findings.error(tree.span, 'empty', 'no header stands here', 'write { X-Name: text }')
  if (tree.pairs.length > maxFields)
    return findings.error(tree.span, 'limit', `more than ${maxFields} headers in a rule`, 'fewer will do')
  const fields: HeaderField[] = []
  for (const { key, value } of tree.pairs) {
    const wrong = wrongName(key.text)
    if (wrong !== undefined) findings.error(key.span, 'header', wrong, 'use a name of your own, as X-Sorted-As')
    else if (fields.some(({ name }) => name.toLowerCase() === key.text.toLowerCase()))
      findings.error(key.span, 'repeated-key', `"${key.text}" stands here twice`, 'upper and lower case are the same')
    const text = textValue(value, findings)
    if (wrong === undefined && text !== null) fields.push({ name: key.text, text })
  }
  return fields
})

/** In either case, which JSON Schema cannot pass by. */
function notIn(names: RegExp): string {
  const source = names.source.replace(/[a-z]/g, letter => `[${letter}${letter.toUpperCase()}]`)
  return `(?!${source.slice(1)})`
}

/** Why a rule may not write a field of this name. */
function wrongName(name: string): string | undefined {
  if (!/^[\x21-\x39\x3b-\x7e]+$/.test(name) || name.length > maxName)
    return `"${name}" is no name of a header field (RFC 5322 §2.2)`
  const lower = name.toLowerCase()
  for (const [names, why] of reserved) if (names.test(lower)) return `${name} ${why}`
  return undefined
}

const reserved: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:received|return-path|delivered-to|received-spf|x-original-to)$/,
    'tells the way of a message; only who carries it writes it',
  ],
  [
    /^(?:from|sender|reply-to|to|cc|bcc|date|subject|message-id|in-reply-to|references|comments|keywords|resent-.+)$/,
    'belongs to the message as its author wrote it',
  ],
  [/^(?:mime-version|content-.+)$/, 'says how the body is to be read'],
  [
    /^(?:(?:x-google-)?dkim-signature|domainkey-signature|arc-.+|authentication-results|bimi-.+)$/,
    'proves where a message comes from',
  ],
  [
    /^(?:list-.+|precedence|auto-submitted|return-receipt-to|disposition-notification-.+|errors-to|autocrypt)$/,
    'tells programs how to answer',
  ],
  [/^(?:x-spam-flag|x-spam-score|x-spam-status|x-virus-status|x-lmtp-gate)$/, 'is written by the gate itself'],
]
