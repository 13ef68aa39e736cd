/** The conditions of rules: one entry here each, from which reading and asking come (rules/README.md). */
import { splitDetail } from '../../address.ts'
import { sizeText } from '../../units.ts'
import type { Facts, PolicyAddress } from '../facts.ts'
import { addressText, comparison, quoted, rangeText } from '../found.ts'
import { fold, globMatches } from '../glob.ts'
import { hasHostBits, liesIn, networkOf, type Network } from '../network.ts'
import { fits } from '../pattern.ts'
import type { Case, Condition, Range } from '../settings.ts'
import type { Truth } from '../truth.ts'
import { namePatternValue, patternValue, sizeValue } from './values.ts'
import { someOf, tableOf, wordOf, type Keys, type Reader, type Spot } from './reader.ts'
import type { Findings, Tree } from './tree.ts'

/** The detail of the final and the original recipient, where they have one. */
const detailsOf = (facts: Facts, delimiters: string) =>
  recipientsOf(facts)
    .map(({ local }) => splitDetail(local, delimiters).detail)
    .filter(detail => detail !== undefined)

/** The final and the original recipient, each also without its detail. */
const withoutDetail = (facts: Facts, delimiters: string): readonly PolicyAddress[] =>
  recipientsOf(facts).flatMap(address => [address, { ...address, local: splitDetail(address.local, delimiters).base }])

const recipientsOf = ({ recipient, original }: Facts) => (original === undefined ? [recipient] : [recipient, original])

const networkValue: Reader<Network & { readonly text: string }> = (tree, findings) => {
  const text = wordOf(tree, findings, 'a network', '10.0.0.0/8')
  if (text === null) return null
  const network = networkOf(text)
  if (network === undefined)
    return findings.error(tree.span, 'wrong-value', `"${text}" is no network`, 'write 10.0.0.0/8 or ::1')
  if (hasHostBits(network))
    return findings.error(
      tree.span,
      'wrong-value',
      `"${text}" has bits set behind the first ${network.bits}`,
      'make them 0, or leave out the slash',
    )
  return { ...network, text }
}

const table = {
  sender: anyOf('sender', patternValue, {
    written: ({ text }) => text,
    seen: ({ sender }) => [sender],
    fits,
    words: addressText,
  }),
  client: anyOf('client', networkValue, {
    written: ({ text }) => text,
    seen: ({ client }) => (client === undefined ? [] : [client]),
    fits: (network, client) => liesIn(client, network),
    words: client => client,
  }),
  recipient: anyOf('recipient', patternValue, {
    written: ({ text }) => text,
    seen: withoutDetail,
    fits,
    words: addressText,
  }),
  detail: anyOf('detail', namePatternValue, {
    written: text => text,
    seen: detailsOf,
    fits: (pattern, detail) => globMatches(fold(pattern), fold(detail)),
    words: quoted,
  }),
  size: sizeCondition,
} satisfies Keys

const later = [
  'from',
  'to',
  'from_name',
  'subject',
  'header',
  'list',
  'proven',
  'auth',
  'attachment',
  'attachment_count',
  'ambiguous',
  'score',
  'symbol',
  'virus',
  'not_scanned',
]

const caseValue: Reader<Case> = (tree, findings) => {
  if (tree.kind === 'table' && tree.pairs.length === 0 && !findings.broken)
    return findings.error(tree.span, 'empty', 'no condition stands here', `one of ${Object.keys(table).join(', ')}`)
  const read = tableOf('a condition', table, later)(tree, findings)
  return read === null ? null : Object.values(read)
}

/** A table, all of whose conditions must hold, or a list of tables, any of which. */
export const casesValue: Reader<readonly Case[]> = (tree, findings) =>
  someOf(caseValue)(tree, findings)?.map(({ value }) => value) ?? null

/** How a condition looks at a message: `seen` is what there is of it, each of which a value may fit; the others give words for people. */
type Look<T, S> = {
  readonly written: (value: T) => string
  readonly seen: (facts: Facts, delimiters: string) => readonly S[]
  readonly fits: (value: T, seen: S) => boolean
  readonly words: (seen: S) => string
}

/** A condition that holds if any of its values fits anything that is seen. */
function anyOf<T, S>(name: string, reader: Reader<T>, { written, seen, fits, words }: Look<T, S>): Reader<Condition> {
  return (tree, findings) => {
    const read: readonly Spot<T>[] | null = someOf(reader)(tree, findings)
    if (read === null) return null
    const values = read.map(({ value }) => value)
    return {
      name,
      values: values.map(value => fold(written(value))),
      range: undefined,
      holds: (facts, delimiters) => {
        const all = seen(facts, delimiters)
        return values.some(value => all.some(one => fits(value, one)))
      },
      found: (facts, delimiters) => {
        const all = seen(facts, delimiters)
        const fitting = values.filter(value => all.some(one => fits(value, one)))
        const wanted = fitting.length > 0 ? fitting : values
        return comparison(name, all.map(words), fitting.length > 0, wanted.map(written))
      },
    }
  }
}

/** The larger of declared and real size: what was declared is a floor until the message is here. */
function sizeCondition(tree: Tree, findings: Findings): Condition | null {
  if (tree.kind === 'text' && /^[<>]/.test(tree.text))
    return findings.error(
      tree.span,
      'wrong-type',
      'there are no signs for more and less',
      'write { min: 5MB } or { max: 5MB }',
    )
  const read = tableOf('a range', { min: sizeValue, max: sizeValue })(tree, findings)
  if (read === null) return null
  const range: Range = { min: read.min, max: read.max }
  if (range.min === undefined && range.max === undefined)
    return findings.broken
      ? null
      : findings.error(tree.span, 'empty', 'a range has min, max or both', 'write { min: 5MB }')
  if (range.min !== undefined && range.max !== undefined && range.min > range.max)
    findings.warn(tree.span, 'never', 'no size is at least min and at most max', 'exchange them')
  return {
    name: 'size',
    values: [],
    range,
    holds: facts => sizeLies(facts, range),
    found: facts => comparison('size', sizeSeen(facts), sizeLies(facts, range), [rangeText(range, sizeText)]),
  }
}

function sizeLies({ declaredSize = 0, size }: Facts, { min = 0, max = Infinity }: Range): Truth {
  const real = size.state === 'known' ? size.value : 0
  const larger = Math.max(declaredSize, real)
  if (size.state !== 'pending') return larger >= min && larger <= max
  if (larger > max || min > max) return false
  return larger >= min && max === Infinity ? true : undefined
}

function sizeSeen({ declaredSize, size }: Facts): readonly string[] {
  const known = [...(declaredSize === undefined ? [] : [declaredSize]), ...(size.state === 'known' ? [size.value] : [])]
  return known.length === 0 ? [] : [sizeText(Math.max(...known))]
}
