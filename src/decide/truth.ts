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

/** True if all are; false as soon as one is false, whatever the others will be or might have been. */
export function all<T>(items: Iterable<T>, holds: (item: T) => Answer): Answer {
  let answer: Answer = true
  for (const item of items) {
    const one = holds(item)
    if (one === false) return false
    if (one === undefined || answer === undefined) answer = undefined
    else if (isUnlearned(one)) answer = { lacks: [...(isUnlearned(answer) ? answer.lacks : []), ...one.lacks] }
  }
  return answer
}

/** True as soon as one is; false if all are. */
export function any<T>(items: Iterable<T>, holds: (item: T) => Answer): Answer {
  return not(all(items, item => not(holds(item))))
}

export function not(answer: Answer): Answer {
  return typeof answer === 'boolean' ? !answer : answer
}
