/** What becomes of a message about which a rule needs to know what a scanner could not learn (rules/README.md). */
import type { Facts, Why } from '../facts.ts'
import type { Policy, Unlearnable } from '../policy.ts'
import type { Rule } from '../settings.ts'
import { isSeverer } from '../severity.ts'
import type { Lack } from '../truth.ts'
import type { Action } from '../verdict.ts'
import type { Finding } from './finding.ts'
import { askOutage } from './outage.ts'

/** The severest of what the sections say of it, unless that is `deliver`; undefined while it hangs on facts that are pending. */
export function askLacks(
  facts: Facts,
  { name, place }: Rule,
  lacks: readonly Lack[],
  unlearnable: Unlearnable,
): Finding | 'nothing' | undefined {
  let worst: Finding | 'nothing' = 'nothing'
  for (const { of, why } of lacks) {
    const action = actionFor(facts, why, of, unlearnable)
    if (action === undefined) return undefined
    if (!isSeverer(action, worst === 'nothing' ? 'deliver' : worst.action)) continue
    const because = { step: 'rules', words: `${name}: ${missing[of]}: ${why.words}` } as const
    worst = { action, text: undefined, because, place, told: toldOf[of] }
  }
  return worst
}

const missing = { spam: 'no score', virus: 'not scanned', attachments: 'unreadable' } as const
const toldOf = {
  spam: 'no spam score',
  virus: 'not scanned for viruses',
  attachments: 'unreadable attachment',
} as const

function actionFor(facts: Facts, why: Why, of: Lack['of'], unlearnable: Unlearnable): Action | undefined {
  if (of === 'attachments') return unreadAction(why, unlearnable.attachments?.value ?? 'deliver')
  const section = unlearnable[of]
  return section === undefined ? 'deliver' : askOutage(facts, why, section)?.value
}

/** That we had no time to look is no fault of the message: where it matters, the message comes again. */
export function unreadAction({ kind }: Why, unreadable: Action): Action {
  return kind === 'down' && unreadable !== 'deliver' ? 'defer' : unreadable
}

/** What `learnable` may hide. */
export const hidden = ['auth', 'spam', 'virus', 'structure'] as const

/** As a policy sees them whose site proves nobody, or that does not ask every scanner: what others learn changes nothing for it. */
export function learnable(facts: Facts, asked: Unlearnable, { proof }: Pick<Policy, 'proof'>): Facts {
  return {
    ...facts,
    auth: proof ? facts.auth : notAsked,
    spam: asked.spam === undefined ? notAsked : facts.spam,
    virus: asked.virus === undefined ? notAsked : facts.virus,
    structure: asked.attachments === undefined ? notAsked : facts.structure,
  }
}

const notAsked = { state: 'unknown', why: { kind: 'unscannable', words: 'not asked for' } } as const
