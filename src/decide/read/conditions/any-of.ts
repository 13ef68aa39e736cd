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
    return [
      new AnyOf(
        name,
        read.map(({ value }) => value),
        look,
      ),
    ]
  })
}

/** Small, since there may be some for each of 100 000 persons. */
class AnyOf<T, S> implements Condition {
  readonly name: string
  readonly range = undefined
  readonly #values: readonly T[]
  readonly #look: Look<T, S>
  /** A message is asked about again and again, for each recipient and each fact that comes, and many recipients share their files. */
  #answers: WeakMap<readonly S[], boolean> | undefined

  constructor(name: string, values: readonly T[], look: Look<T, S>) {
    this.name = name
    this.#values = values
    this.#look = look
  }

  get values(): readonly string[] {
    const { written, key = (value: T) => fold(written(value)) } = this.#look
    return this.#values.map(key)
  }

  get needs(): Condition['needs'] {
    return this.#look.needs ?? none
  }

  get fields(): readonly string[] {
    return this.#look.fields ?? none
  }

  holds(facts: Facts, delimiters: string): Answer {
    const { some, more } = this.#look.seen(facts, delimiters)
    return (this.#look.lasting === true ? this.#remembered(some) : this.#fitsAny(some)) || more
  }

  found(facts: Facts, delimiters: string): string {
    const { seen, fits, words, written } = this.#look
    const { some } = seen(facts, delimiters)
    const fitting = this.#values.filter(value => some.some(one => fits(value, one)))
    const wanted = fitting.length > 0 ? fitting : this.#values
    return comparison(this.name, some.map(words), this.holds(facts, delimiters), wanted.map(written))
  }

  #fitsAny(some: readonly S[]): boolean {
    const { fits } = this.#look
    for (const value of this.#values) for (const one of some) if (fits(value, one)) return true
    return false
  }

  #remembered(some: readonly S[]): boolean {
    this.#answers ??= new WeakMap()
    const answer = this.#answers.get(some) ?? this.#fitsAny(some)
    this.#answers.set(some, answer)
    return answer
  }
}

const none: readonly never[] = []

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
