/** The step `bounce_guard`: behind a queue a reject becomes a bounce, so it goes out only to a sender who is proven. */
import type { Facts } from '../facts.ts'
import type { Asked, Policy } from '../policy.ts'
import { senderProven } from '../proof.ts'
import type { Choice } from './choose.ts'

/** `caps`: those that bind this outcome. Undefined: whether the sender is proven is not certain yet. */
export function guardBounce(
  choice: Choice,
  caps: readonly Asked['atWorst'][],
  { bounceGuard, proof }: Pick<Policy, 'bounceGuard' | 'proof'>,
  facts: Facts,
): Choice | undefined {
  if (choice.action !== 'reject' || bounceGuard === 'off') return choice
  const proven = proof ? senderProven(facts) : false
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
