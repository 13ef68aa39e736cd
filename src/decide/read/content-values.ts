/** Readers of single values of the sections on content: scores, times, what becomes of unscanned mail, profiles, mailboxes (rules/README.md). */
import { parseTime } from '../../units.ts'
import { weight } from '../glob.ts'
import type { Outage } from '../settings.ts'
import type { Action } from '../verdict.ts'
import { oneOf, schemaOf, tableOf, taking, wordOf, type Read, type Reader } from './reader.ts'
import { textSchema, wordSchema, type Schema } from './schema.ts'
import { actionValue, lineOf, namePatternValue, naming, namingByKeys } from './values.ts'

export function scoreSchema(...words: readonly string[]): Schema {
  return {
    name: ['score', ...words].join('-'),
    description: ['a number', ...words].join(', or '),
    type: ['number', 'string'],
    pattern: `^(?:${[...words, '-?\\d{1,6}(?:\\.\\d{1,3})?'].join('|')})$`,
    minimum: -1_000_000,
    maximum: 1_000_000,
  }
}

/** `never` is infinite. */
export const scoreValue: Reader<number> = taking(scoreSchema('never'), (tree, findings) => {
  const text = wordOf(tree, findings, 'a score', '4.5')
  if (text === null) return null
  if (text === 'never') return Infinity
  return /^-?\d{1,6}(?:\.\d{1,3})?$/.test(text)
    ? Number(text)
    : findings.error(tree.span, 'wrong-value', `"${text}" is no score`, 'write a number, as 6 or 4.5, or never')
})

const switchSchema: Schema = { description: 'true or false', enum: [true, false, 'true', 'false'] }

export const switchValue: Reader<boolean> = taking(switchSchema, (tree, findings) => {
  const text = wordOf(tree, findings, 'true or false', 'true')
  if (text === null) return null
  if (text === 'true' || text === 'false') return text === 'true'
  const meant = /^(?:yes|on|1)$/i.test(text) || text.toLowerCase() === 'true' ? 'true' : 'false'
  return findings.error(tree.span, 'wrong-value', `"${text}" is no switch`, `did you mean ${meant}?`)
})

const timeSchema = wordSchema('30s, 30m, 4h, 7d, 2w', '(?!0+[smhdw])\\d{1,9}[smhdw]')

/** Milliseconds, more than none. */
export const timeValue: Reader<number> = taking(timeSchema, (tree, findings) => {
  const text = wordOf(tree, findings, 'a time', '30m')
  if (text === null) return null
  const time = parseTime(text)
  if (time !== undefined && time > 0) return time
  return findings.error(tree.span, 'wrong-value', `"${text}" is no time`, 'write 30s, 30m, 4h, 7d or 2w: m is minutes')
})

const kept = ['deliver', 'junk', 'quarantine', 'discard', 'reject'] as const

/** What will never pass. */
export const unscannableValue: Reader<Action> = naming(
  oneOf('action', kept, { defer: 'this will never pass, and the message would wait until it is returned' }),
)

const delayKeys = {
  defer: timeValue,
  then: naming(oneOf('action', kept, { defer: 'it was deferred already' })),
}

const delayTable = namingByKeys(tableOf('an outage', delayKeys))

const outageSchema = (): Schema => ({
  name: 'outage',
  description: 'an action, or { defer: 30m, then: deliver }',
  anyOf: [schemaOf(actionValue), { ...schemaOf(delayTable), required: ['defer', 'then'] }],
})

/** What will pass. */
export const outageValue: Reader<Outage> = taking(outageSchema, (tree, findings) => {
  if (tree.kind === 'text') {
    const then = actionValue(tree, findings)
    return then === null ? null : { wait: 0, then }
  }
  const read: Read<typeof delayKeys> | null = delayTable(tree, findings)
  if (read === null) return null
  if (read.defer !== undefined && read.then !== undefined) return { wait: read.defer, then: read.then }
  return findings.broken
    ? null
    : findings.error(tree.span, 'no-value', 'defer and then belong together', 'write { defer: 30m, then: deliver }')
})

const profileLine = lineOf('a profile', 64, 'strict')

/** It goes to the scanner as it is. */
export const profileValue: Reader<string> = taking(
  textSchema('a name', 64, '\\s*(?=[\\w.@+-]+\\s*$)'),
  (tree, findings) => {
    const text = profileLine(tree, findings)
    if (text === null || /^[\w.@+-]+$/.test(text)) return text
    return findings.error(
      tree.span,
      'wrong-value',
      `"${text}" is no name of a profile`,
      'it has letters and digits of ASCII, and . _ @ + -',
    )
  },
)

/** `{local}` and `{domain}` count as letters. */
const atom = "(?:\\{local\\}|\\{domain\\}|[\\w!#$%&'*/=?^`|~+-])+"
const label = '(?:\\{local\\}|\\{domain\\}|[\\w-])+'
const mailboxForm = `${atom}(?:\\.${atom})*@${label}(?:\\.${label})*`
const isMailbox = new RegExp(`^${mailboxForm}$`)
const mailboxSchema = wordSchema('an address, as "quarantine+{local}@example.org"', `\\s*${mailboxForm}\\s*`)

const mailboxLine = lineOf('a mailbox', 200, '"quarantine+{local}@example.org"')

/** An address, whose parts may be those of the recipient. */
export const mailboxValue: Reader<string> = taking(mailboxSchema, (tree, findings) => {
  const text = mailboxLine(tree, findings)
  if (text === null) return null
  if (isMailbox.test(text)) return text
  return findings.error(
    tree.span,
    'wrong-value',
    `"${text}" is no mailbox`,
    'write an address in ASCII, as "quarantine+{local}@example.org"; {local} and {domain} are those of the recipient',
  )
})

const attachmentSchema = textSchema('a name or MIME type, as "*.exe", image/*', 500, '(?!\\s*\\.)')

/** A name or a MIME type, with `*` and `?`. */
export const attachmentValue: Reader<string> = taking(attachmentSchema, (tree, findings) => {
  const text = namePatternValue(tree, findings)
  if (text === null) return null
  if (text.startsWith('.'))
    return findings.error(tree.span, 'wrong-value', `"${text}" is no pattern of names`, `write "*${text}"`)
  if (/^[a-z0-9]{1,5}$/i.test(text) && weight(text) === text.length)
    findings.warn(tree.span, 'never', `only what is called just "${text}" fits`, `write "*.${text}"`)
  return text
})
