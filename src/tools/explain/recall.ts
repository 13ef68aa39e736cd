/** Decides anew what the gate decided once, by the facts that it took down then and the policies of today. */
import { addressOf, originalRecipient } from '../../address.ts'
import { dayOf, pending } from '../../decide/facts.ts'
import type { Facts } from '../../decide/facts.ts'
import type { Rules } from '../../decide/rules.ts'
import type { Recipient } from '../../transaction.ts'
import type { DecidedFor } from '../../watch/decisions/record.ts'
import type { Recorded } from '../../watch/decisions/recorded.ts'
import { examineBy, type Examined, type Unusable } from './examine.ts'

/** `wanted`: whom to ask about. One for each recipient, in the order of the decisions. */
export function recall(
  decisions: readonly Recorded[],
  wanted: (path: string) => boolean,
  rules: Rules,
): readonly (Examined | Unusable)[] {
  return decisions.flatMap(recorded =>
    recorded.recipients
      .filter(({ recipient }) => wanted(recipient.path))
      .map(decided => recallOne(recorded, decided, rules)),
  )
}

function recallOne(recorded: Recorded, { recipient, profile, verdict }: DecidedFor, rules: Rules): Examined | Unusable {
  const { id, at, stage } = recorded
  const found = rules.policyFor(addressOf(recipient.path), originalRecipient(recipient.params))
  const policy = 'policy' in found ? found.policy : undefined
  const facts = factsThen(recorded, recipient, policy?.profile ?? profile)
  const isComplete = policy === undefined || policy.wants.fields.every(field => wasAsked(facts, field))
  const examined = examineBy(isComplete ? facts : { ...facts, fields: pending }, recipient, rules)
  const then = { ...verdict, transaction: id, at: new Date(at) }
  return 'broken' in examined ? { ...examined, then } : { ...examined, stage, then }
}

/** Of header fields, only those were taken down that somebody's policy asked for: of others it is not known whether they were there. */
export function wasAsked({ fields }: Facts, field: string): boolean {
  return fields.state !== 'known' || fields.value.some(({ name }) => name === field)
}

/** What was known in the end; of the score, by this profile. */
export function factsThen(
  { sender, client, at, size, evidence }: Recorded,
  { path, params }: Recipient,
  profile: string,
): Facts {
  return {
    sender: sender === '' ? undefined : addressOf(sender),
    client,
    recipient: addressOf(path),
    original: originalRecipient(params),
    now: at,
    today: dayOf(new Date(at)),
    declaredSize: size,
    ...evidence(profile),
  }
}
