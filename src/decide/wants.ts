/** Which facts of the message a policy asks for, so that nothing is looked for that nobody wants to know. */
import type { Asked, Policy } from './policy.ts'
import type { Evidence } from './facts.ts'
import { looksAtRecipientAlone, type Condition, type Rule } from './settings.ts'
import { shared } from './shared.ts'
import { hidden } from './steps/lacks.ts'
import { outageActions } from './steps/outage.ts'
import type { Action } from './verdict.ts'

/** `profile`: under which name the spam scanner is asked, '' for none; undefined: it is not asked. */
export type Wants = {
  readonly from: boolean
  readonly fromNames: boolean
  readonly to: boolean
  /** Lower-case names of header fields. */
  readonly fields: readonly string[]
  readonly received: boolean
  readonly auth: boolean
  readonly structure: boolean
  readonly virus: boolean
  readonly profile: string | undefined
}

export const nothingWanted: Wants = {
  from: false,
  fromNames: false,
  to: false,
  fields: [],
  received: false,
  auth: false,
  structure: false,
  virus: false,
  profile: undefined,
}

const sharedWants = shared<Wants>()

/** What `policy` and the one on trial ask for: the same object where it is the same. */
export function wantsOf(policy: Omit<Policy, 'wants'>): Wants {
  const { trial } = policy
  const all = [policy, ...policy.enforce, ...(trial === undefined ? [] : [trial, ...trial.enforce])]
  const guarded = policy.bounceGuard !== 'off' && all.some(asked => couldReject(asked, all))
  return sharedWants({
    from: all.some(asked => looksUp(asked) || needs(asked, 'from')),
    fromNames: all.some(asked => needs(asked, 'fromNames')),
    to: all.some(asked => needs(asked, 'to')),
    fields: [...new Set(all.flatMap(asked => conditionsOf(asked).flatMap(({ fields }) => fields)))].sort(),
    received: all.some(({ spam, virus }) => waits(spam) || waits(virus)),
    auth: policy.proof && (guarded || all.some(asked => allows(asked) || needs(asked, 'auth'))),
    structure: all.some(
      asked =>
        asked.attachments !== undefined || (asked.unlearnable.attachments !== undefined && needs(asked, 'structure')),
    ),
    virus: all.some(
      asked => asked.virus !== undefined || (asked.unlearnable.virus !== undefined && needs(asked, 'virus')),
    ),
    profile: all.some(
      asked => asked.spam !== undefined || (asked.unlearnable.spam !== undefined && needs(asked, 'spam')),
    )
      ? policy.profile
      : undefined,
  })
}

function looksUp({ senders }: Asked): boolean {
  return senders.levels.some(level => level.couldTurn(undefined))
}

/** Whether one of them looks at what a scanner finds, or at proof. */
export function needScans(rules: readonly Rule[]): boolean {
  return hidden.some(fact => needs({ rules }, fact))
}

function needs(asked: Pick<Asked, 'rules'>, fact: keyof Evidence): boolean {
  return conditionsOf(asked).some(condition => condition.needs.includes(fact))
}

function conditionsOf({ rules }: Pick<Asked, 'rules'>): readonly Condition[] {
  return rules.flatMap(({ when = [], unless = [] }) => [...when, ...unless].flat())
}

/** Names (lower case) of header fields that the gate may write for this recipient: such fields are left out of his copy. */
export function omittable(policy: Policy): readonly string[] {
  return policy.writes
}

function waits(section: Asked['spam'] | Asked['virus']): boolean {
  return section !== undefined && section.down.value.wait > 0
}

function allows({ senders }: Asked): boolean {
  return senders.levels.some(level => level.has('allow'))
}

/** Whether it could come to a reject that the guard looks at; a cap makes one of a discard. */
function couldReject(asked: Asked, all: readonly Asked[]): boolean {
  const capped = all.some(({ atWorst }) => atWorst?.value === 'reject')
  return actionsOf(asked).some(action => action === 'reject' || (capped && action === 'discard'))
}

function actionsOf({ senders, rules, attachments, spam, virus }: Asked): readonly (Action | undefined)[] {
  const blocks = senders.levels.some(level => level.blocks)
  return [
    blocks ? senders.action?.value : undefined,
    ...guardedRules(rules).map(rule => rule.then),
    ...(attachments === undefined ? [] : attachmentActions(attachments)),
    ...(spam === undefined ? [] : [...spam.thresholds.map(({ action }) => action), ...outageActions(spam)]),
    ...(virus === undefined ? [] : [virus.action.value, ...outageActions(virus)]),
  ]
}

/** A rule about the recipient alone needs no guard, unless one before it waits for the message. */
function guardedRules(rules: readonly Rule[]): readonly Rule[] {
  const first = rules.findIndex(rule => rule.then !== undefined && !looksAtRecipientAlone(rule))
  return first < 0 ? [] : rules.slice(first)
}

function attachmentActions({ action, encrypted, ambiguous, unreadable }: NonNullable<Asked['attachments']>): Action[] {
  return [action.value, encrypted.value, ambiguous.value, unreadable.value]
}
