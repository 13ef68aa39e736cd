/** Conditions on numbers: `{ min: 5MB }`, `{ max: 3 }`, or both. */
import type { Facts, Evidence } from '../../facts.ts'
import { comparison, rangeText } from '../../found.ts'
import type { Condition, Range } from '../../settings.ts'
import type { Answer } from '../../truth.ts'
import { about, schemaOf, tableOf, taking, type Reader } from '../reader.ts'
import type { ConditionReader } from './any-of.ts'

/** The number lies from `low` to `high`; where only part of that is in the range, `otherwise` is the answer. */
export type Possible = { readonly low: number; readonly high: number; readonly otherwise: Answer }

/** `example` of a number, as written; `text` of a number, for people. */
export type Measure = {
  readonly needs: readonly (keyof Evidence)[]
  readonly number: Reader<number>
  readonly example: string
  readonly text: (value: number) => string
  readonly possible: (facts: Facts) => Possible
}

export function inRange(name: string, measure: Measure): ConditionReader {
  const { number, example } = measure
  const reader = rangeValue(name, number, example)
  const schema = () => schemaOf(reader)
  return taking(schema, (tree, findings) => {
    const range = reader(tree, findings)
    return range === null ? null : [new InRange(name, range, measure)]
  })
}

class InRange implements Condition {
  readonly name: string
  readonly range: Range
  readonly #measure: Measure

  constructor(name: string, range: Range, measure: Measure) {
    this.name = name
    this.range = range
    this.#measure = measure
  }

  get values(): readonly string[] {
    return []
  }

  get needs(): Condition['needs'] {
    return this.#measure.needs
  }

  get fields(): readonly string[] {
    return []
  }

  holds(facts: Facts): Answer {
    return lies(this.#measure.possible(facts), this.range)
  }

  found(facts: Facts): string {
    const { possible, text } = this.#measure
    const wanted = [rangeText(this.range, text)]
    return comparison(this.name, seenIn(possible(facts), text), this.holds(facts), wanted)
  }
}

/** `name` of what is measured. */
export function rangeValue(name: string, number: Reader<number>, example: string): Reader<Range> {
  const table = tableOf('a range', { min: about('at least', number), max: about('at most', number) })
  const schema = () => ({
    description: `{ min: ${example} }, { max: ${example} } or both`,
    ...schemaOf(table),
    minProperties: 1,
  })
  return taking(schema, (tree, findings) => {
    if (tree.kind === 'text' && /^[<>]/.test(tree.text))
      return findings.error(
        tree.span,
        'wrong-type',
        'there are no signs for more and less',
        `write { min: ${example} } or { max: ${example} }`,
      )
    const read = table(tree, findings)
    if (read === null) return null
    const range = { min: read.min, max: read.max }
    if (range.min === undefined && range.max === undefined)
      return findings.broken
        ? null
        : findings.error(tree.span, 'empty', 'a range has min, max or both', `write { min: ${example} }`)
    if (range.min !== undefined && range.max !== undefined && range.min > range.max)
      findings.warn(tree.span, 'never', `no ${name} is at least min and at most max`, 'exchange them')
    return range
  })
}

/** Whether a number that is not known exactly is in the range. */
export function lies({ low, high, otherwise }: Possible, { min = -Infinity, max = Infinity }: Range): Answer {
  if (low > max || high < min || min > max) return false
  return low >= min && high <= max ? true : otherwise
}

/** What is known of it so far. */
function seenIn({ low, high }: Possible, text: (value: number) => string): readonly string[] {
  return low === high || (high === Infinity && low > 0) ? [text(low)] : []
}
