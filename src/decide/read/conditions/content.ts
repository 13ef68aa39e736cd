/** Conditions on what scanners and parsers find: attachments, score, viruses, and what they could not look at. */
import { lookedUpNames } from '../../attachment-names.ts'
import type { Attachment, Fact, Facts, Structure } from '../../facts.ts'
import { comparison, listed, quoted } from '../../found.ts'
import { fold, globMatches } from '../../glob.ts'
import type { Condition, Range } from '../../settings.ts'
import { any, type Answer, type Unlearned } from '../../truth.ts'
import { scoreText } from '../../words.ts'
import { attachmentValue, scoreSchema, scoreValue, switchValue } from '../content-values.ts'
import { about, oneOf, schemaOf, someOf, tableOf, taking, wordOf, type Reader } from '../reader.ts'
import type { Schema } from '../schema.ts'
import { namePatternValue, sizeValue } from '../values.ts'
import { anyOf, seenIn, type ConditionReader, type Look, type Seen } from './any-of.ts'
import { inRange, lies, rangeValue, type Possible } from './in-range.ts'
import { isSo } from './is-so.ts'

/** Patterns are folded; undefined: anything. */
type AttachmentPattern = {
  readonly written: string
  readonly key: string
  readonly names: readonly string[] | undefined
  readonly types: readonly string[] | undefined
  readonly size: Range | undefined
  readonly encrypted: boolean | undefined
}

const attachmentKeys = tableOf('an attachment', {
  name: about('any of its names', someOf(attachmentValue)),
  type: about('its type, declared or seen', someOf(namePatternValue)),
  size: about('its size', rangeValue('size', sizeValue, '5MB')),
  encrypted: about('whether it has a password', switchValue),
})

const attachmentSchema = () => ({
  description: 'a name, a type, or { name, type, size, encrypted } of one attachment',
  anyOf: [schemaOf(attachmentValue), { ...schemaOf(attachmentKeys), minProperties: 1 }],
})

/** A name, a type (with a slash), or a table of what one attachment has. */
const attachmentPattern: Reader<AttachmentPattern> = taking(attachmentSchema, (tree, findings) => {
  if (tree.kind === 'text') {
    const text = attachmentValue(tree, findings)
    if (text === null) return null
    const pattern = [fold(text)]
    return patternOf(text, text.includes('/') ? { types: pattern } : { names: pattern })
  }
  const read = attachmentKeys(tree, findings)
  if (read === null) return null
  const { name, type, size, encrypted } = read
  if (Object.keys(read).length === 0)
    return findings.broken
      ? null
      : findings.error(tree.span, 'empty', 'nothing is said of the attachment', 'write { name: "*.zip" }')
  const names = name?.map(({ value }) => fold(value))
  const types = type?.map(({ value }) => fold(value))
  return patternOf(findings.source.text.slice(tree.span.start, tree.span.end), { names, types, size, encrypted })
})

function patternOf(written: string, some: Partial<Omit<AttachmentPattern, 'written' | 'key'>>): AttachmentPattern {
  const pattern = { names: some.names, types: some.types, size: some.size, encrypted: some.encrypted }
  return { written, key: JSON.stringify(pattern), ...pattern }
}

function fitsAttachment({ names, types, size, encrypted }: AttachmentPattern, attachment: Attachment): boolean {
  const named = (pattern: string) => lookedUpNames(attachment).some(({ folded }) => globMatches(pattern, folded))
  const typed = (pattern: string) => attachment.types.some(type => globMatches(pattern, fold(type)))
  const exactly = { low: attachment.size, high: attachment.size, otherwise: false }
  return (
    (names === undefined || names.some(named)) &&
    (types === undefined || types.some(typed)) &&
    (size === undefined || lies(exactly, size) === true) &&
    (encrypted === undefined || encrypted === attachment.encrypted)
  )
}

/** Parts that could not be read may be anything. */
function hidden({ unreadable }: Structure): Unlearned | false {
  if (unreadable === undefined) return false
  return { lacks: [{ of: 'attachments', why: { kind: 'unscannable', words: unreadable } }] }
}

function attachmentsSeen({ structure }: Facts): Seen<Attachment> {
  const seen = seenIn(structure, ({ attachments }) => attachments, 'attachments')
  return structure.state === 'known' ? { ...seen, more: hidden(structure.value) } : seen
}

function possibleCount(facts: Facts): Possible {
  const { some, more } = attachmentsSeen(facts)
  return { low: some.length, high: more === false ? some.length : Infinity, otherwise: more }
}

const countSchema: Schema = {
  description: 'a number',
  type: ['integer', 'string'],
  pattern: '^\\d{1,6}$',
  minimum: 0,
  maximum: 999_999,
}

const countValue: Reader<number> = taking(countSchema, (tree, findings) => {
  const text = wordOf(tree, findings, 'a number', '3')
  if (text === null) return null
  return /^\d{1,6}$/.test(text)
    ? Number(text)
    : findings.error(tree.span, 'wrong-value', `"${text}" is no number of attachments`, 'write digits, as 3')
})

const reachedScore: Reader<number> = taking(scoreSchema(), (tree, findings) => {
  const score = scoreValue(tree, findings)
  return score === Infinity
    ? findings.error(tree.span, 'wrong-value', 'never stands in the section spam alone', 'write a number, as 6 or 4.5')
    : score
})

function possibleScore({ spam }: Facts): Possible {
  const { some, more } = seenIn(spam, ({ score }) => [score], 'spam')
  const [score] = some
  return { low: score ?? -Infinity, high: score ?? Infinity, otherwise: more }
}

function isAmbiguous({ structure }: Facts): Answer {
  const { some, more } = seenIn(
    structure,
    ({ ambiguous }) => (ambiguous === undefined ? [] : [ambiguous]),
    'attachments',
  )
  return some.length > 0 || more
}

const names: Pick<Look<string, string>, 'lasting' | 'written' | 'fits' | 'words'> = {
  lasting: true,
  written: text => text,
  fits: (pattern, name) => globMatches(fold(pattern), fold(name)),
  words: quoted,
}

const looks = ['virus', 'spam', 'attachments'] as const

const scans = someOf(oneOf('scan', looks))
const scansSchema = () => schemaOf(scans)

const notScanned: ConditionReader = taking(scansSchema, (tree, findings) => {
  const read = scans(tree, findings)
  if (read === null) return null
  const values = read.map(({ value }) => value)
  const holds = (facts: Facts): Answer => any(values, value => stayedUnknown(facts, value))
  return [
    {
      name: 'not_scanned',
      values,
      range: undefined,
      needs: values.map(value => (value === 'attachments' ? 'structure' : value)),
      fields: [],
      holds,
      found: facts => {
        const seen = values.filter(value => stayedUnknown(facts, value) === true)
        return comparison('not_scanned', seen, holds(facts), [listed(values, 'or')])
      },
    } satisfies Condition,
  ]
})

function stayedUnknown(facts: Facts, what: (typeof looks)[number]): Answer {
  switch (what) {
    case 'virus':
      return isUnknown(facts.virus)
    case 'spam':
      return isUnknown(facts.spam)
    case 'attachments':
      return facts.structure.state === 'known'
        ? facts.structure.value.unreadable !== undefined
        : isUnknown(facts.structure)
  }
}

function isUnknown({ state }: Fact<unknown>): Answer {
  return state === 'pending' ? undefined : state === 'unknown'
}

export const contentConditions = {
  attachment: about(
    'one attachment that has all of it',
    anyOf('attachment', attachmentPattern, {
      needs: ['structure'],
      lasting: true,
      written: ({ written }) => written,
      key: ({ key }) => key,
      seen: attachmentsSeen,
      fits: fitsAttachment,
      words: ({ names: [name], types: [type] }) => (name === undefined ? (type ?? 'of no name') : quoted(name)),
    }),
  ),
  attachment_count: about(
    'how many attachments there are',
    inRange('attachment_count', {
      needs: ['structure'],
      number: countValue,
      example: '3',
      text: String,
      possible: possibleCount,
    }),
  ),
  ambiguous: about('whether programs may understand it differently', isSo('ambiguous', ['structure'], isAmbiguous)),
  score: about(
    'what the spam scanner gives',
    inRange('score', {
      needs: ['spam'],
      number: reachedScore,
      example: '6',
      text: scoreText,
      possible: possibleScore,
    }),
  ),
  symbol: about(
    "the spam scanner's tests that fired",
    anyOf('symbol', namePatternValue, {
      ...names,
      needs: ['spam'],
      seen: ({ spam }) => seenIn(spam, ({ symbols }) => symbols, 'spam'),
    }),
  ),
  virus: about(
    'what the virus scanner found',
    anyOf('virus', namePatternValue, {
      ...names,
      needs: ['virus'],
      seen: ({ virus }) => seenIn(virus, ({ found }) => found, 'virus'),
    }),
  ),
  not_scanned: about('what stayed unknown', notScanned),
}
