/** What is taken down of a transaction, for whoever asks why, afterwards. Pure. */
import type { Evidence } from '../../decide/facts.ts'
import type { Transaction } from '../../transaction.ts'
import type { Judged } from '../../verdicts.ts'
import type { DecidedFor, Decision } from './record.ts'

const noEvidence: Decision['evidence'] = new Map()

/** One whom policy refuses before anything is known of the message. */
export function decidedAtRcpt(transaction: Transaction, refused: DecidedFor): Decision {
  return decision(transaction, 'RCPT', [refused], noEvidence)
}

/** `evidence`: what was known in the end, by profile. */
export function decidedAtEnd(
  transaction: Transaction,
  judged: readonly Judged[],
  evidence: (profile: string) => Evidence,
): Decision {
  const recipients = judged.map(({ recipient, policy, verdict }) => ({ recipient, profile: policy.profile, verdict }))
  const known = new Map<string, Evidence>()
  for (const { profile } of recipients) if (!known.has(profile)) known.set(profile, evidence(profile))
  return decision(transaction, 'end of data', recipients, known)
}

function decision(
  { id, begun, sender, client }: Transaction,
  stage: Decision['stage'],
  recipients: Decision['recipients'],
  evidence: Decision['evidence'],
): Decision {
  return { id, begun, sender, client, stage, recipients, evidence }
}
