/** Conditions that hold if any of their values fits anything that is seen of the message. */
import type { Fact, Facts, Evidence } from '../../facts.ts'
import { comparison } from '../../found.ts'
import { fold } from '../../glob.ts'
import type { Condition } from '../../settings.ts'
import type { Answer, Lack } from '../../truth.ts'
import { schemaOf, someOf, taking, type Reader, type Spot } from '../reader.ts'

/** One key may stand for several conditions, all of which must hold. */
export type ConditionReader = Reader<readonly Condition[]>

/** What there is of something, each of which a value may fit; `more`: whether something fits that is not among it. */
export type Seen<S> = { readonly some: readonly S[]; readonly more: Answer }

/**
 * How a condition looks at a message. `written` and `words` are for people; `key` is the same for values that fit the same. `lasting`: the same
 * facts give the very same list, so that the answer is remembered with it.
 */
export type Look<T, S> = {
  readonly needs?: readonly (keyof Evidence)[]
  readonly fields?: readonly string[]
  readonly lasting?: boolean
  readonly written: (value: T) => string
  readonly key?: (value: T) => string
  readonly seen: (facts: Facts, delimiters: string) => Seen<S>
  readonly fits: (value: T, seen: S) => boolean
  readonly words: (seen: S) => string
}

export function anyOf<T, S>(name: string, reader: Reader<T>, look: Look<T, S>): ConditionReader {
  const list = someOf(reader)
  const schema = () => schemaOf(list)
  return taking(schema, (tree, findings) => {
    const read: readonly Spot<T>[] | null = list(tree, findings)
    if (read === null) return null
    const values = read.map(({ value }) => value)
    return [conditionOf(name, values, look)]
  })
}

function conditionOf<T, S>(name: string, values: readonly T[], look: Look<T, S>): Condition {
  const { needs = [], fields = [], written, seen, fits, words } = look
  const key = look.key ?? ((value: T) => fold(written(value)))
  const fitsAny = (some: readonly S[]): boolean => values.some(value => some.some(one => fits(value, one)))
  const asked = look.lasting === true ? remembered(fitsAny) : fitsAny
  const holds: Condition['holds'] = (facts, delimiters) => {
    const { some, more } = seen(facts, delimiters)
    return asked(some) || more
  }
  return {
    name,
    values: values.map(key),
    range: undefined,
    needs,
    fields,
    holds,
    found: (facts, delimiters) => {
      const { some } = seen(facts, delimiters)
      const fitting = values.filter(value => some.some(one => fits(value, one)))
      const wanted = fitting.length > 0 ? fitting : values
      return comparison(name, some.map(words), holds(facts, delimiters), wanted.map(written))
    },
  }
}

/** A message is asked about again and again, for each recipient and each fact that comes, and many recipients share their files. */
function remembered<S>(ask: (some: readonly S[]) => boolean): typeof ask {
  const answers = new WeakMap<readonly S[], boolean>()
  return some => {
    const answer = answers.get(some) ?? ask(some)
    answers.set(some, answer)
    return answer
  }
}

export function allOf<S>(some: readonly S[]): Seen<S> {
  return { some, more: false }
}

/** Of a fact, what `list` makes of its value. Without `of` what stays unknown is not there; a scanner's fact belongs to a section. */
export function seenIn<V, S>(fact: Fact<V>, list: (value: V) => readonly S[], of?: Lack['of']): Seen<S> {
  switch (fact.state) {
    case 'pending':
      return { some: [], more: undefined }
    case 'known':
      return allOf(list(fact.value))
    case 'unknown':
      return { some: [], more: of === undefined ? false : { lacks: [{ of, why: fact.why }] } }
  }
}
