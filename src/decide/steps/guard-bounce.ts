/** The step `bounce_guard`: behind a queue a reject becomes a bounce, so it goes out only to a sender who is proven. */
import type { Facts } from '../facts.ts'
import type { Asked, Policy } from '../policy.ts'
import { senderProven } from '../proof.ts'
import type { Guard } from '../settings.ts'
import type { Tell } from '../trace.ts'
import type { Truth } from '../truth.ts'
import type { Choice } from './choose.ts'

/** `caps`: those that bind this outcome. Undefined: whether the sender is proven is not certain yet. */
export function guardBounce(
  choice: Choice,
  caps: readonly Asked['atWorst'][],
  { bounceGuard, proof }: Pick<Policy, 'bounceGuard' | 'proof'>,
  facts: Facts,
  tell: Tell | undefined,
): Choice | undefined {
  const isAsked = choice.action === 'reject' && bounceGuard !== 'off'
  const proven = isAsked ? proof && senderProven(facts) : undefined
  const after = isAsked ? guarded(choice, proven, bounceGuard, caps, facts) : choice
  tell?.({ step: 'bounce_guard', guard: bounceGuard, proven, before: choice, after })
  return after
}

function guarded(
  choice: Choice,
  proven: Truth,
  bounceGuard: Exclude<Guard, 'off'>,
  caps: readonly Asked['atWorst'][],
  facts: Facts,
): Choice | undefined {
  if (proven === undefined) return undefined
  if (proven) return choice
  const whom = facts.sender === undefined ? 'the null sender' : 'a sender who is not proven'
  // Whoever set a cap did not want a message to vanish.
  const capped = caps.some(leaf => leaf !== undefined)
  return {
    ...choice,
    action: capped ? 'quarantine' : bounceGuard,
    text: undefined,
    because: { step: 'bounce_guard', words: `${choice.because.words}: reject to ${whom}` },
  }
}
