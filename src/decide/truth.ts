/** Kleene's three values, a condition whose facts are still pending being neither true nor false; and a fourth for what will never be known. */
import type { Why } from './facts.ts'

/** `undefined`: not known yet. */
export type Truth = boolean | undefined

/** A fact that nobody could learn, and the section that says what becomes of such a message. */
export type Lack = { readonly of: 'spam' | 'virus' | 'attachments'; readonly why: Why }

/** It will never be known, for lack of these. */
export type Unlearned = { readonly lacks: readonly Lack[] }

export type Answer = Truth | Unlearned

export function isUnlearned(answer: Answer): answer is Unlearned {
  return typeof answer === 'object'
}

/** False if one is, whatever the other will be or might have been. */
export function both(one: Answer, other: Answer): Answer {
  if (one === false || other === false) return false
  if (one === undefined || other === undefined) return undefined
  if (one === true) return other
  return other === true ? one : { lacks: [...one.lacks, ...other.lacks] }
}

/** True as soon as one is; false if all are. */
export function any<T>(items: Iterable<T>, holds: (item: T) => Answer): Answer {
  let none: Answer = true
  for (const item of items) {
    none = both(none, not(holds(item)))
    if (none === false) return true
  }
  return not(none)
}

export function not(answer: Answer): Answer {
  return typeof answer === 'boolean' ? !answer : answer
}
