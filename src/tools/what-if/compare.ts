/** What other policies would make of a message for one recipient, beside what those in force make of it. Pure. */
import type { Facts } from '../../decide/facts.ts'
import { isSeverer } from '../../decide/severity.ts'
import { noEdits } from '../../decide/verdict.ts'
import type { Action, Verdict } from '../../decide/verdict.ts'
import { causeOfAction, causeOfCopy, causeOfDoubt, type Reason } from './cause.ts'
import { decideSurely, type Doubt, type Unsure } from './decide-surely.ts'
import type { Standing } from './standing.ts'

/** `facts`: as this policy asks for them, since the score hangs on the profile. */
export type Side = { readonly standing: Standing; readonly facts: Facts }

/** `?`: it hangs on facts that are not there. */
export type Fate = Action | '?'

/** `mark`: milder than before; or newly refused, or lost. The same for all recipients for whom the same line makes the same difference. */
export type Change = Reason & {
  readonly from: Fate
  readonly to: Fate
  readonly mark: 'milder' | 'refused' | undefined
}

/** `guarded`: what `bounce_guard` makes of the reject that `to` names. */
export type Changed = { readonly change: Change; readonly guarded: Action | undefined }

/** `doubt`: see `decideSurely`. */
export function compare(before: Side, after: Side, doubt: Doubt): Changed | 'unchanged' {
  const [was, is] = [verdictOf(before, doubt), verdictOf(after, doubt)]
  if ('missing' in was || 'missing' in is) return unsure(was, is, before.standing, after.standing)
  if (was.action === is.action) {
    const reason = causeOfCopy(was, is, before, after)
    if (reason === undefined) return 'unchanged'
    return { change: { from: was.action, to: is.action, mark: undefined, ...reason }, guarded: undefined }
  }
  const isGuarded = is.because.step === 'bounce_guard'
  const to = isGuarded ? 'reject' : is.action
  const reason = causeOfAction(was, is, before.standing, after.standing)
  return {
    change: { from: was.action, to, mark: markOf(was.action, to), ...reason },
    guarded: isGuarded ? is.action : undefined,
  }
}

/** Where neither is known, policies that say the same come to the same. */
function unsure(was: Verdict | Unsure, is: Verdict | Unsure, before: Standing, after: Standing): Changed | 'unchanged' {
  const fate = (one: Verdict | Unsure): Fate => ('missing' in one ? '?' : one.action)
  const [from, to] = [fate(was), fate(is)]
  if (from === to && !('broken' in before) && !('broken' in after) && before.said().files === after.said().files)
    return 'unchanged'
  const missing = 'missing' in is ? is.missing : 'missing' in was ? was.missing : ''
  return { change: { from, to, mark: undefined, ...causeOfDoubt(missing) }, guarded: undefined }
}

const brokenVerdict: Verdict = {
  action: 'defer',
  code: undefined,
  edits: noEdits,
  keeping: undefined,
  because: { step: 'broken policy', words: 'file cannot be used' },
  place: 'built in',
}

function verdictOf({ standing, facts }: Side, doubt: Doubt): Verdict | Unsure {
  return 'broken' in standing ? brokenVerdict : decideSurely(facts, standing.policy, doubt)
}

function markOf(from: Action, to: Action): Change['mark'] {
  const isNewlyRejected = to === 'reject' && isSeverer(to, from)
  // Nobody hears of what is discarded.
  if (isNewlyRejected || to === 'discard') return 'refused'
  return isSeverer(from, to) ? 'milder' : undefined
}
