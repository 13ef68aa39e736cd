/** Assess and decide by turns: the policies are asked again whenever more is known, until every recipient has his verdict. */
import { Assessment } from './assess/assessment.ts'
import type { Sources, Subject } from './assess/assessment.ts'
import { wantedBy } from './assess/wanted.ts'
import type { Certain } from './decide/decide.ts'
import { factsOf } from './decide/facts.ts'
import type { Evidence, Facts } from './decide/facts.ts'
import type { Policy } from './decide/policy.ts'
import { decideWithTrial } from './decide/trial.ts'
import type { Verdict } from './decide/verdict.ts'
import type { Recipient } from './transaction.ts'

/** A recipient whom the next hop will take, and what his policy goes by; `facts` are those of RCPT, and so is `opening`. */
export type Traveller = {
  readonly recipient: Recipient
  readonly facts: Facts
  readonly policy: Policy
  readonly opening: Certain | undefined
}

/** `slot`: his place in the ledger. `evidence`: what was known when the verdict was certain. */
export type Judged = {
  readonly recipient: Recipient
  readonly policy: Policy
  readonly slot: number
  readonly verdict: Verdict
  readonly evidence: Evidence
}

/** All of them in order, and what was known in the end for whoever asks the spam scanner under that profile. */
export type Verdicts = { readonly judged: readonly Judged[]; readonly evidence: (profile: string) => Evidence }

/** What is still being looked for when all have their verdict, nobody needs. Rejects only if the spool fails, or by a bug. */
export async function verdictsFor(
  travellers: readonly Traveller[],
  sources: Sources,
  subject: Subject,
): Promise<Verdicts> {
  const assessment = new Assessment(sources, subject, wantedBy(travellers.map(({ policy }) => policy)))
  const judged: (Judged | undefined)[] = []
  let left = travellers.length
  try {
    for (;;) {
      for (let slot = 0; slot < travellers.length; slot += 1) {
        const traveller = travellers[slot]
        if (traveller === undefined || judged[slot] !== undefined) continue
        judged[slot] = judge(slot, traveller, assessment.evidence(traveller.policy.profile))
        if (judged[slot] !== undefined) left -= 1
      }
      if (left === 0) break
      if (assessment.isReadyToScan) {
        const undecided = travellers.filter((_, slot) => judged[slot] === undefined)
        assessment.scan(wantedBy(undecided.map(({ policy }) => policy)))
      }
      await assessment.next()
    }
  } finally {
    assessment.cancel()
  }
  return { judged: judged.filter(each => each !== undefined), evidence: profile => assessment.evidence(profile) }
}

function judge(slot: number, { recipient, facts, policy, opening }: Traveller, evidence: Evidence): Judged | undefined {
  const verdict = decideWithTrial(factsOf(facts, facts, evidence), policy, opening)
  return verdict === undefined ? undefined : { recipient, policy, slot, verdict, evidence }
}
