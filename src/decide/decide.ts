/** The verdict for one recipient: the order of decisions of rules/README.md, with no I/O and no clock. */
import type { Facts } from './facts.ts'
import type { Policy } from './settings.ts'
import { choose, type Choice } from './steps/choose.ts'
import { overSize } from './steps/size.ts'
import { isKept, isSeverer, temper } from './steps/temper.ts'
import { noEdits, type Edits, type Verdict } from './verdict.ts'

/**
 * Asked at RCPT with what is known then and at the end with everything; undefined while facts are pending that could change anything of it.
 * With no fact pending there always is a verdict, and a verdict once given stays the same.
 */
export function decide(facts: Facts, policy: Policy): Verdict | undefined {
  const sizes = [policy, ...policy.enforce].map(({ size }) => size)
  const declared = overSize(facts.declaredSize ?? 0, sizes, 'declared size')
  if (declared !== undefined) return declared

  const chosen = choose(facts, policy, policy.delimiters)
  if (chosen === undefined) return undefined
  const enforcedCaps = policy.enforce.map(({ atWorst }) => atWorst)
  const guard = policy.bounceGuard?.value
  let outcome = temper(chosen, [policy.atWorst, ...enforcedCaps], guard, facts)

  if (isKept(outcome.action) && sizes.some(({ max }) => max !== undefined)) {
    if (facts.size.state === 'pending') return undefined
    const real = facts.size.state === 'known' ? overSize(facts.size.value, sizes, 'real size') : undefined
    if (real !== undefined) return real
  }

  for (const [i, asked] of policy.enforce.entries()) {
    if (!isKept(outcome.action)) break
    const wanted = choose(facts, asked, policy.delimiters)
    if (wanted === undefined) return undefined
    // A cap binds the file that sets it and the nearer ones, never a farther one.
    const enforced = temper(wanted, enforcedCaps.slice(0, i + 1), guard, facts)
    if (isSeverer(enforced.action, outcome.action))
      outcome = { ...enforced, because: { step: 'enforce', words: enforced.because.words }, editing: outcome.editing }
  }
  return verdictOf(outcome, policy)
}

/** Names (lower case) of header fields that the gate may write for this recipient: such fields are left out of his copy. */
export function omittable(policy: Policy): readonly string[] {
  return policy.writes
}

/** Which facts of the message this policy asks for at all. */
export function wants(policy: Policy): { readonly from: boolean } {
  return {
    from: [policy, ...policy.enforce].some(({ senders }) => senders.levels.some(level => level.couldTurn(undefined))),
  }
}

function verdictOf(outcome: Choice, policy: Policy): Verdict | undefined {
  const { action, text, because, place } = outcome
  const edits = action === 'deliver' || action === 'junk' ? editsOf(action, outcome, policy) : noEdits
  if (edits === undefined) return undefined
  return { action, code: codeOf(action, text), edits, because, place }
}

/** Undefined: which rules edit is not certain yet. */
function editsOf(action: 'deliver' | 'junk', { editing }: Choice, policy: Policy): Edits | undefined {
  if (editing === undefined) return undefined
  const headers = new Map<string, { readonly name: string; readonly text: string }>()
  if (action === 'junk') headers.set(spamFlag.name.toLowerCase(), spamFlag)
  for (const header of editing.flatMap(rule => rule.headers))
    if (!headers.has(header.name.toLowerCase())) headers.set(header.name.toLowerCase(), header)
  const folder =
    action === 'junk' ? (policy.junkFolder?.value ?? 'Junk') : editing.find(rule => rule.folder !== undefined)?.folder
  return {
    headers: [...headers.values()],
    omit: policy.writes,
    folder: folder?.toUpperCase() === 'INBOX' ? undefined : folder,
  }
}

const spamFlag = { name: 'X-Spam-Flag', text: 'YES' }

function codeOf(action: Verdict['action'], text: Choice['text']): Verdict['code'] {
  if (action !== 'reject' && action !== 'defer') return undefined
  const general = action === 'reject' ? { code: 550, enhanced: '5.7.1' } : { code: 451, enhanced: '4.7.1' }
  // The text may come from another file than the action, and then its code be of another class.
  const own = text?.enhanced?.startsWith(general.enhanced.charAt(0)) === true ? text.enhanced : undefined
  return { ...general, enhanced: own ?? general.enhanced, text: text?.text }
}
