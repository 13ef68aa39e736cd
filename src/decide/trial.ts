/** What a policy comes to at RCPT and in the end, and what of it is on trial (`shadow: true`): decided and told, but nothing is done about it (rules/README.md). */
import { conclude, decide, isCertain, open, type Certain } from './decide.ts'
import type { Facts } from './facts.ts'
import type { Policy } from './policy.ts'
import {
  noAttachments,
  noSenders,
  noSize,
  noSpam,
  noVirus,
  type Rule,
  type Sections,
  type Settings,
} from './settings.ts'
import type { Verdict } from './verdict.ts'

/** Of the settings, what is in force; the same object if nothing is on trial. What others enforce is, whatever a recipient tries out. */
export function inForce(settings: Settings): Settings {
  const { shadow, rules, enforce } = settings
  const whole = shadow?.value === true
  if (!whole && ![...rules, ...enforce.flatMap(one => one.rules)].some(rule => rule.shadow)) return settings
  const own = whole ? nothingAsked : { rules: live(rules) }
  return { ...settings, ...own, enforce: enforce.map(one => ({ ...one, rules: live(one.rules) })) }
}

function live(rules: readonly Rule[]): readonly Rule[] {
  return rules.filter(rule => !rule.shadow)
}

/** Not even what is built in. */
const nothingAsked: Sections = {
  size: noSize,
  senders: noSenders,
  rules: [],
  attachments: { ...noAttachments, closed: true },
  spam: { ...noSpam, closed: true },
  virus: { ...noVirus, closed: true },
  atWorst: undefined,
}

/** What is done at RCPT waits for no trial. `opening`: for whoever decides again when the message is here, if that need not be asked again. */
export type AtRcpt = { readonly verdict: Verdict | undefined; readonly opening: Certain | undefined }

export function decideAtRcpt(facts: Facts, policy: Policy): AtRcpt {
  const begun = open(facts, policy)
  const verdict = conclude(facts, policy, begun)
  const opening = isCertain(begun) ? begun : undefined
  const tried = policy.trial === undefined || verdict === undefined ? undefined : decide(facts, policy.trial)
  return { verdict: verdict === undefined || tried === undefined ? verdict : withTrial(verdict, tried), opening }
}

/** The verdict with what it would have been without a trial, if that is another. Undefined while either is. `opening`: of RCPT. */
export function decideWithTrial(facts: Facts, policy: Policy, opening?: Certain): Verdict | undefined {
  const verdict = conclude(facts, policy, opening ?? open(facts, policy))
  if (policy.trial === undefined || verdict === undefined) return verdict
  const tried = decide(facts, policy.trial)
  return tried === undefined ? undefined : withTrial(verdict, tried)
}

function withTrial(verdict: Verdict, tried: Verdict): Verdict {
  const { action, because, place } = tried
  return isSame(verdict, tried) ? verdict : { ...verdict, shadow: { action, because, place } }
}

function isSame(a: Verdict, b: Verdict): boolean {
  const headers = ({ edits }: Verdict) => edits.headers.map(({ name, text }) => `${name}: ${text}`).join('\n')
  return (
    a.action === b.action &&
    a.because.step === b.because.step &&
    a.because.words === b.because.words &&
    a.edits.folder === b.edits.folder &&
    headers(a) === headers(b)
  )
}
