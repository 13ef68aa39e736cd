/** The conditions of rules: one entry here each, from which reading and asking come (rules/README.md). */
import { splitDetail } from '../../address.ts'
import type { Facts, PolicyAddress } from '../facts.ts'
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
  sender: anyOf(
    'sender',
    patternValue,
    ({ text }) => text,
    (pattern, { sender }) => fits(pattern, sender),
  ),
  client: anyOf(
    'client',
    networkValue,
    ({ text }) => text,
    (network, { client }) => client !== undefined && liesIn(client, network),
  ),
  recipient: anyOf(
    'recipient',
    patternValue,
    ({ text }) => text,
    (pattern, facts, delimiters) => withoutDetail(facts, delimiters).some(address => fits(pattern, address)),
  ),
  detail: anyOf(
    'detail',
    namePatternValue,
    text => text,
    (pattern, facts, delimiters) =>
      detailsOf(facts, delimiters).some(detail => globMatches(fold(pattern), fold(detail))),
  ),
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

/** A condition that holds if any of its values fits. */
function anyOf<T>(
  name: string,
  reader: Reader<T>,
  words: (value: T) => string,
  holds: (value: T, facts: Facts, delimiters: string) => boolean,
): Reader<Condition> {
  return (tree, findings) => {
    const read: readonly Spot<T>[] | null = someOf(reader)(tree, findings)
    if (read === null) return null
    const values = read.map(({ value }) => value)
    return {
      name,
      values: values.map(value => fold(words(value))),
      range: undefined,
      holds: (facts, delimiters) => values.some(value => holds(value, facts, delimiters)),
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
  return { name: 'size', values: [], range, holds: facts => sizeLies(facts, range) }
}

function sizeLies({ declaredSize = 0, size }: Facts, { min = 0, max = Infinity }: Range): Truth {
  const real = size.state === 'known' ? size.value : 0
  const larger = Math.max(declaredSize, real)
  if (size.state !== 'pending') return larger >= min && larger <= max
  if (larger > max || min > max) return false
  return larger >= min && max === Infinity ? true : undefined
}
