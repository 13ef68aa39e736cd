/** The verdict for one recipient: the order of decisions of rules/README.md, with no I/O and no clock. */
import { editsOf, keptEdits } from './edits.ts'
import type { Facts } from './facts.ts'
import type { Policy } from './policy.ts'
import type { Rule } from './settings.ts'
import { isKept, isSeverer } from './severity.ts'
import { cap } from './steps/cap.ts'
import { choose, type Choice } from './steps/choose.ts'
import { guardBounce } from './steps/guard-bounce.ts'
import { refuseRecipient } from './steps/refuse-recipient.ts'
import { overDeclaredSize, overRealSize } from './steps/size.ts'
import { askViruses } from './steps/virus.ts'
import { withinEnforce, type Tell } from './trace.ts'
import { noEdits, type Verdict } from './verdict.ts'

/** How far the steps come: to a refusal, or to what the policy chooses by itself; undefined while that hangs on facts that are pending. */
export type Opening = { readonly refused: Verdict } | { readonly own: Choice } | undefined

/** An opening that stays as it is, whatever comes to be known: those steps need not be asked again. */
export type Certain = { readonly own: Choice & { readonly editing: readonly Rule[] } }

/**
 * Undefined while facts are pending that could change anything of it. With no fact pending there always is a verdict, and a verdict once given stays
 * the same whatever else comes. Whoever wants to know why is told each step by `tell`.
 */
export function decide(facts: Facts, policy: Policy, tell?: Tell): Verdict | undefined {
  return conclude(facts, policy, open(facts, policy, tell), tell)
}

/** The steps up to the real size, as `decide` takes them. */
export function open(facts: Facts, policy: Policy, tell?: Tell): Opening {
  const declared = overDeclaredSize(facts, sizesOf(policy), tell)
  if (declared !== undefined) return { refused: declared }
  const refusal = refuseRecipient(facts, policy, tell)
  if (refusal !== undefined) {
    const refused = verdictOf(facts, policy, refusal)
    // A reject has no edits that could be pending.
    return refused === undefined ? undefined : { refused }
  }
  const own = chooseOwn(facts, policy, tell)
  return own === undefined ? undefined : { own }
}

/** Who is refused already needs none. */
export function isCertain(opening: Opening): opening is Certain {
  return opening !== undefined && 'own' in opening && opening.own.editing !== undefined
}

/** The steps from there on. `opening`: of these facts, or a certain one of fewer. */
export function conclude(facts: Facts, policy: Policy, opening: Opening, tell?: Tell): Verdict | undefined {
  if (opening === undefined) return undefined
  if ('refused' in opening) return opening.refused
  const { own } = opening
  const real = isKept(own.action) ? overRealSize(facts, sizesOf(policy), tell) : 'fits'
  if (real !== 'fits') return real
  const enforced = enforce(facts, policy, own, tell)
  const outcome = enforced === undefined ? undefined : askViruses(facts, policy, enforced, tell)
  return outcome === undefined ? undefined : verdictOf(facts, policy, outcome)
}

function sizesOf(policy: Policy): readonly Policy['size'][] {
  const { enforce: others } = policy
  return others.length === 0 ? [policy.size] : [policy, ...others].map(({ size }) => size)
}

/** What the policy by itself comes to, made milder by caps and guard. */
function chooseOwn(facts: Facts, policy: Policy, tell: Tell | undefined): Choice | undefined {
  const chosen = choose(facts, policy, policy, tell)
  if (chosen === undefined) return undefined
  const caps = policy.enforce.length === 0 ? [policy.atWorst] : [policy, ...policy.enforce].map(one => one.atWorst)
  return guardBounce(cap(chosen, caps, tell), caps, policy, facts, tell)
}

/** Counts only if it is severer. */
function enforce(facts: Facts, policy: Policy, own: Choice, tell: Tell | undefined): Choice | undefined {
  if (policy.enforce.length === 0) return own
  let outcome = own
  const caps = policy.enforce.map(({ atWorst }) => atWorst)
  for (const [i, asked] of policy.enforce.entries()) {
    if (!isKept(outcome.action)) break
    const { place } = asked
    const tellOf = withinEnforce(tell, place)
    const chosen = choose(facts, asked, policy, tellOf)
    if (chosen === undefined) return undefined
    // A cap binds the file that sets it and the nearer ones, never a farther one.
    const binding = caps.slice(0, i + 1)
    const enforced = guardBounce(cap(chosen, binding, tellOf), binding, policy, facts, tellOf)
    if (enforced === undefined) return undefined
    const counts = isSeverer(enforced.action, outcome.action)
    tell?.({ step: 'enforced', place, outcome: enforced, counts })
    if (counts)
      outcome = { ...enforced, because: { step: 'enforce', words: enforced.because.words }, editing: outcome.editing }
  }
  return outcome
}

function verdictOf(facts: Facts, policy: Policy, outcome: Choice): Verdict | undefined {
  const { action, text, because, place } = outcome
  const edits = editsFor(facts, policy, outcome)
  if (edits === undefined) return undefined
  const keeping = action === 'quarantine' ? policy.keeping : undefined
  return { action, code: codeOf(action, text), edits, keeping, because, place }
}

function editsFor(facts: Facts, policy: Policy, outcome: Choice): Verdict['edits'] | undefined {
  switch (outcome.action) {
    case 'deliver':
    case 'junk':
      return editsOf(outcome.action, outcome, facts, policy)
    case 'quarantine':
      return keptEdits(outcome, policy)
    case 'discard':
    case 'reject':
    case 'defer':
      return noEdits
  }
}

function codeOf(action: Verdict['action'], text: Choice['text']): Verdict['code'] {
  if (action !== 'reject' && action !== 'defer') return undefined
  const general = action === 'reject' ? { code: 550, enhanced: '5.7.1' } : { code: 451, enhanced: '4.7.1' }
  // The text may come from another file than the action, and then its code be of another class.
  const own = text?.enhanced?.startsWith(general.enhanced.charAt(0)) === true ? text.enhanced : undefined
  return { ...general, enhanced: own ?? general.enhanced, text: text?.text }
}
