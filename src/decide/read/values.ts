/** Readers of single values: sizes, days, actions, folders, texts of replies, patterns (rules/README.md). */
import { parseEndpoint, type Endpoint } from '../../deliver/endpoint.ts'
import { withoutAccents } from '../../reply.ts'
import { parseSize } from '../../units.ts'
import { addressPattern, type AddressPattern } from '../pattern.ts'
import type { Cap, Guard, ReplyText } from '../settings.ts'
import type { Action } from '../verdict.ts'
import { oneOf, schemaOf, taking, wordOf, type Reader } from './reader.ts'
import { textSchema, wordSchema, type Schema } from './schema.ts'

export const actions = ['deliver', 'junk', 'quarantine', 'discard', 'reject', 'defer'] as const

/** What reads an action; where which was named is remembered, since `users` may not allow it. */
export function naming<T extends Action>(reader: Reader<T>): Reader<T> {
  return taking(
    () => schemaOf(reader),
    (tree, findings) => {
      const action = reader(tree, findings)
      if (action !== null) findings.actions.push({ value: action, span: tree.span })
      return action
    },
  )
}

/** As `naming`, for a table in which actions are keys. */
export function namingByKeys<T>(reader: Reader<T>): Reader<T> {
  return taking(
    () => schemaOf(reader),
    (tree, findings) => {
      for (const { key } of tree.kind === 'table' ? tree.pairs : []) {
        const action = actions.find(one => one === key.text)
        if (action !== undefined) findings.actions.push({ value: action, span: key.span })
      }
      return reader(tree, findings)
    },
  )
}

export const actionValue: Reader<Action> = naming(oneOf('action', actions))

export const capValue: Reader<Cap> = naming(
  oneOf('worst action', ['deliver', 'junk', 'quarantine', 'reject'], {
    discard: 'nothing is severer',
    defer: 'a deferred message comes back with the same outcome',
  }),
)

export const guardValue: Reader<Guard> = oneOf('bounce guard', ['quarantine', 'discard', 'off'])

const endpointSchema: Schema = {
  name: 'endpoint',
  description: 'inet:host:port or unix:/path',
  type: 'string',
  pattern: '^(?:inet:.+:\\d{1,5}|unix:/.*)$',
}

export const endpointValue: Reader<Endpoint> = taking(endpointSchema, (tree, findings) => {
  const text = wordOf(tree, findings, 'an endpoint', 'unix:/run/dovecot/lmtp')
  if (text === null) return null
  const found = parseEndpoint(text)
  if (typeof found !== 'string') return found
  const [wrong = found, mend = 'write inet:host:port or unix:/path'] = found.split(/: (?=write )/)
  return findings.error(tree.span, 'wrong-value', wrong, mend)
})

const sizeSchema: Schema = {
  name: 'size',
  description: 'octets, or 500K, 50MB, 1G',
  type: ['string', 'integer'],
  pattern: '^\\d{1,15}(?:[kmgKMG][bB]?)?$',
  minimum: 0,
  maximum: 999_999_999_999_999,
}

/** Octets. */
export const sizeValue: Reader<number> = taking(sizeSchema, (tree, findings) => {
  const text = wordOf(tree, findings, 'a size', '50MB')
  if (text === null) return null
  return (
    parseSize(text) ??
    findings.error(tree.span, 'wrong-value', `"${text}" is no size`, 'write octets, or 500K, 50MB, 1G')
  )
})

const dayPattern = '\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])'

/** A day of the calendar, as `2027-01-31`. */
export const dayValue: Reader<string> = taking(wordSchema('2027-01-31', dayPattern), (tree, findings) => {
  const text = wordOf(tree, findings, 'a day', '2027-01-31')
  if (text === null) return null
  const date = new Date(`${text}T00:00:00Z`)
  const real = /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
  return real
    ? text
    : findings.error(tree.span, 'wrong-value', `"${text}" is no day`, 'write year-month-day, as 2027-01-31')
})

/** One line without control characters, not empty. */
export function lineOf(what: string, max: number, example: string): Reader<string> {
  return taking(textSchema(`${what}, as ${example}`, max), (tree, findings) => {
    const text = wordOf(tree, findings, what, example)?.trim()
    if (text === undefined) return null
    if (text === '') return findings.error(tree.span, 'empty', `${what} is empty`, `for example ${example}`)
    if (
      /[\x00-\x1f\x7f-\x9f\u2028\u2029]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(
        text,
      )
    )
      return findings.error(
        tree.span,
        'wrong-value',
        `${what} is one line without control characters`,
        'leave out line ends and tabs',
      )
    if (lengthOf(text) > max)
      return findings.error(
        tree.span,
        'limit',
        `${what} has at most ${max} characters`,
        `this one has ${lengthOf(text)}`,
      )
    return text
  })
}

const folderSchema = textSchema('a folder, as Junk or Lists.Postfix', 200, '(?!\\s*[~./])(?!.*[./](?:[./]|\\s*$))')

const folderLine = lineOf('a folder', 200, 'Junk')

/**
 * A mailbox as a detail address names it, in hierarchies as the mail store writes them. What Dovecot takes for no mailbox name it files in INBOX
 * without a word, so that is refused here.
 */
export const folderValue: Reader<string> = taking(folderSchema, (tree, findings) => {
  const text = folderLine(tree, findings)
  if (text === null) return null
  if (text.startsWith('~') || text.split(/[./]/).includes(''))
    return findings.error(
      tree.span,
      'wrong-value',
      `"${text}" is no folder`,
      'write its name, as Junk or Lists.Postfix: no ~ in front, no dot or slash in front, at the end or beside another',
    )
  if (!/^[\x20-\x7e]*$/.test(text))
    findings.warn(
      tree.span,
      'folder',
      'Dovecot 2.3 takes no address beyond ASCII: what should go here goes to INBOX',
      'use letters of ASCII',
    )
  return text
})

const replyLine = lineOf('a text', 200, '"No documents with macros, please"')

/** `classes`: which first digits its enhanced code may have. */
export function replyTextValue(classes: readonly ('4' | '5')[]): Reader<ReplyText> {
  return taking(replyTextSchema(classes), (tree, findings) => {
    const whole = replyLine(tree, findings)
    if (whole === null) return null
    if (/^[2-5]\d\d(?:[ -]|$)/.test(whole))
      return findings.error(
        tree.span,
        'wrong-value',
        'the reply code is the gate\u2019s',
        `leave out ${whole.slice(0, 3)}`,
      )
    const lost = /[^\x20-\x7e]/u.exec(withoutAccents(whole))?.[0]
    if (lost !== undefined)
      findings.warn(
        tree.span,
        'text',
        `a reply is ASCII: "${lost}" becomes a question mark`,
        'write it in letters of ASCII; accents are dropped',
      )
    const [, enhanced, text = ''] = /^(\d\.\d{1,3}\.\d{1,3})(?:\s+(.*))?$/.exec(whole) ?? []
    if (enhanced === undefined) return { enhanced: undefined, text: whole }
    if (text === '')
      return findings.error(
        tree.span,
        'empty',
        'words are missing behind the code',
        `for example ${enhanced} No such address`,
      )
    if (!classes.some(digit => enhanced.startsWith(digit)))
      return findings.error(
        tree.span,
        'wrong-value',
        `${enhanced} does not go with this action`,
        `its code begins with ${classes.join(' or ')}`,
      )
    return { enhanced, text }
  })
}

function replyTextSchema(classes: readonly ('4' | '5')[]): Schema {
  const noCode = '(?!\\s*[2-5]\\d\\d(?:[ -]|\\s*$))'
  const right = `(?!\\s*(?![${classes.join('')}])\\d(?:\\.\\d{1,3}){2}(?:\\s|$))`
  const words = '(?!\\s*\\d(?:\\.\\d{1,3}){2}\\s*$)'
  const schema = textSchema('one line, as "5.1.1 No such address"', 200, noCode + right + words)
  return { name: `text-${classes.join('-')}`, ...schema }
}

const patternSchema = textSchema(
  'anna@x.example, x.example (with its subdomains), "*@x.example", "*.top", <>',
  500,
  '(?!\\s*[@.])(?!.*@\\s*$)(?!\\s*<.+>\\s*$)(?!.*\\S\\s+\\S)',
)

const patternLine = lineOf('an address pattern', 500, 'anna@x.example')

export const patternValue: Reader<AddressPattern> = taking({ name: 'address', ...patternSchema }, (tree, findings) => {
  const text = patternLine(tree, findings)
  if (text === null) return null
  const pattern = addressPattern(text)
  return 'wrong' in pattern
    ? findings.error(tree.span, 'wrong-value', `"${text}": ${pattern.wrong}`, pattern.mend)
    : pattern
})

/** The whole name, with `*` and `?`. */
export const namePatternValue: Reader<string> = lineOf('a name', 500, '"news*"')

/** In characters, not in UTF-16 units. */
function lengthOf(text: string): number {
  return Array.from(text).length
}
