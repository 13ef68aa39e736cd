/** The step `at_worst`: nothing severer than a cap happens. */
import type { Cap, Leaf } from '../settings.ts'
import { isSeverer } from '../severity.ts'
import type { Tell } from '../trace.ts'
import type { Choice } from './choose.ts'

/** `caps`: all that bind this outcome; the mildest counts. */
export function cap(choice: Choice, caps: readonly (Leaf<Cap> | undefined)[], tell: Tell | undefined): Choice {
  let outcome = choice
  for (const leaf of caps)
    if (leaf !== undefined && isSeverer(outcome.action, leaf.value))
      outcome = {
        ...outcome,
        action: leaf.value,
        text: undefined,
        because: { step: 'at_worst', words: `${choice.because.words}: ${choice.action}, at worst ${leaf.value}` },
      }
  tell?.({ step: 'at_worst', caps, before: choice, after: outcome })
  return outcome
}
