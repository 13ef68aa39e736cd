/** The steps `at_worst` and `bounce_guard`, which make an outcome milder. */
import type { Facts } from '../facts.ts'
import type { Cap, Guard, Leaf } from '../settings.ts'
import type { Action } from '../verdict.ts'
import type { Choice } from './choose.ts'

const severities: Readonly<Record<Action, number>> = {
  deliver: 0,
  junk: 1,
  quarantine: 2,
  defer: 3,
  reject: 4,
  discard: 5,
}

/** Whether `a` is harder on a message than `b`. To keep it is milder than to defer it, and that than to refuse it. */
export function isSeverer(a: Action, b: Action): boolean {
  return severities[a] > severities[b]
}

/** Whether the message would be somewhere when all is done. */
export function isKept(action: Action): boolean {
  return action === 'deliver' || action === 'junk' || action === 'quarantine'
}

/** `caps`: all that bind this outcome; the mildest counts. `guard` undefined: the built-in one. */
export function temper(
  choice: Choice,
  caps: readonly (Leaf<Cap> | undefined)[],
  guard: Guard | undefined,
  facts: Facts,
): Choice {
  let outcome = choice
  for (const leaf of caps)
    if (leaf !== undefined && isSeverer(outcome.action, leaf.value))
      outcome = {
        ...outcome,
        action: leaf.value,
        text: undefined,
        because: { step: 'at_worst', words: `${choice.because.words}: ${choice.action}, at worst ${leaf.value}` },
      }
  if (outcome.action !== 'reject' || outcome.verifiable || guard === 'off') return outcome
  const whom = facts.sender === undefined ? 'the null sender' : 'a sender who is not proven'
  // Whoever set a cap did not want a message to vanish.
  const capped = caps.some(leaf => leaf !== undefined)
  return {
    ...outcome,
    action: guard === undefined || capped ? 'quarantine' : guard,
    text: undefined,
    because: { step: 'bounce_guard', words: `${choice.because.words}: reject to ${whom}` },
  }
}
