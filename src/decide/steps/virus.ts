/** The step on viruses, asked last and only of mail that would be kept: first each `enforce`, then the policy as such. */
import type { Facts } from '../facts.ts'
import type { Policy, Virus } from '../policy.ts'
import { isKept, isSeverer } from '../severity.ts'
import type { Tell } from '../trace.ts'
import type { Action } from '../verdict.ts'
import { namesText, virusesIn } from '../words.ts'
import type { Choice } from './choose.ts'
import type { Finding } from './finding.ts'
import { guardBounce } from './guard-bounce.ts'
import { askOutage, outageActions } from './outage.ts'

/** The outcome so far, or a severer one; undefined while it hangs on facts that are pending. */
export function askViruses(facts: Facts, policy: Policy, soFar: Choice, tell: Tell | undefined): Choice | undefined {
  const all = [...policy.enforce, policy]
  if (tell === undefined && all.every(({ virus }) => virus === undefined)) return soFar
  const caps = all.map(({ atWorst }) => atWorst)
  let outcome = soFar
  let found = false
  for (const asked of all) {
    const { virus } = asked
    const place = 'place' in asked ? asked.place : undefined
    if (!isKept(outcome.action)) return outcome
    if (virus === undefined) {
      tell?.({ step: 'virus', place, asked: virus, found: 'nothing' })
      continue
    }
    const { action } = outcome
    // To know of the virus is worth more than what else was wrong; of two sections that say the same the first counts.
    const counts = (other: Action) =>
      other !== 'deliver' && (isSeverer(other, action) || (!found && !isSeverer(action, other)))
    const finding = ask(facts, virus, counts)
    tell?.({ step: 'virus', place, asked: virus, found: finding })
    if (finding === undefined) return undefined
    if (finding === 'nothing') continue
    const guarded = guardBounce({ ...finding, editing: outcome.editing }, caps, policy, facts, tell)
    if (guarded === undefined) return undefined
    outcome = guarded
    found = true
  }
  return outcome
}

/** `counts`: whether an action would change anything. */
function ask(facts: Facts, virus: Virus, counts: (action: Action) => boolean): Finding | 'nothing' | undefined {
  switch (facts.virus.state) {
    case 'pending':
      return [virus.action.value, ...outageActions(virus)].some(counts) ? undefined : 'nothing'
    case 'known': {
      const viruses = virusesIn(facts.virus.value, virus.ignore)
      const { value: action, place } = virus.action
      if (viruses.length === 0 || !counts(action)) return 'nothing'
      const names = namesText(viruses)
      return { action, text: virus.text, because: { step: 'virus', words: names }, place, told: `virus ${names}` }
    }
    case 'unknown': {
      const { why } = facts.virus
      const outage = askOutage(facts, why, virus)
      if (outage === undefined) return undefined
      if (!counts(outage.value)) return 'nothing'
      return {
        action: outage.value,
        text: undefined,
        because: { step: 'virus', words: `not scanned: ${why.words}` },
        place: outage.place,
        told: 'not scanned for viruses',
      }
    }
  }
}
