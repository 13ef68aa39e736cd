/** The step before all others but the size: a recipient who is refused for his own sake, whoever writes, whatever is in the message. */
import { factsOf, isNothingLearned, nothingLearned, type Facts } from '../facts.ts'
import type { Asked, Policy } from '../policy.ts'
import { looksAtRecipientAlone, type Rule } from '../settings.ts'
import { withinEnforce, withinRecipient, type Tell } from '../trace.ts'
import { cap } from './cap.ts'
import type { Choice } from './choose.ts'
import { askRules } from './rules.ts'

/**
 * A reject by a rule that looks at nothing but the recipient, where the rules come to it with what is known at RCPT. Postfix can verify such a
 * recipient before it accepts the mail, so it needs no guard; and its probe, which has a sender of its own, gets the answer that the mail gets.
 */
export function refuseRecipient(facts: Facts, policy: Policy, tell: Tell | undefined): Choice | undefined {
  if (policy.refusing.length === 0 && policy.enforce.length === 0) return undefined
  const tellOf = withinRecipient(tell)
  const caps = policy.enforce.map(({ atWorst }) => atWorst)
  const own = refusal(facts, policy, [policy.atWorst, ...caps], policy, tellOf)
  if (own !== undefined) return own
  for (const [i, asked] of policy.enforce.entries()) {
    const tellEnforced = withinEnforce(tellOf, asked.place)
    const enforced = refusal(facts, asked, caps.slice(0, i + 1), policy, tellEnforced)
    if (enforced !== undefined) return { ...enforced, because: { step: 'enforce', words: enforced.because.words } }
  }
  return undefined
}

export function mayRefuse(rule: Rule): boolean {
  return rule.then !== undefined && looksAtRecipientAlone(rule)
}

function refusal(
  facts: Facts,
  asked: Asked,
  caps: readonly Asked['atWorst'][],
  site: Pick<Policy, 'delimiters' | 'proof'>,
  tell: Tell | undefined,
): Choice | undefined {
  const { refusing, unlearnable, rulesNeedScans } = asked
  if (refusing.length === 0) return undefined
  const say = askRules(asAtRcpt(facts), { rules: refusing, unlearnable, rulesNeedScans }, site, tell)
  if (say?.decided === undefined || !mayRefuse(say.decided.rule)) return undefined
  const choice = cap({ ...say.decided.finding, editing: say.editing }, caps, tell)
  return choice.action === 'reject' ? choice : undefined
}

function asAtRcpt(facts: Facts): Facts {
  return isNothingLearned(facts) ? facts : factsOf(facts, facts, nothingLearned)
}
