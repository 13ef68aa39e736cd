/** Learns the facts about a message as the gate does, by the same assessment, to the last one that somebody asks for. */
import { Assessment } from '../../assess/assessment.ts'
import type { Sources, Subject } from '../../assess/assessment.ts'
import { measuredSpam, measuredVirus } from '../../assess/scan/measured.ts'
import { wantedBy } from '../../assess/wanted.ts'
import type { Clock } from '../../clock.ts'
import type { Evidence } from '../../decide/facts.ts'
import type { Policy } from '../../decide/policy.ts'
import type { Origins } from './facts-words.ts'
import { given } from './given-facts.ts'

/** `evidence`: for recipients whose policies name this profile. */
export type Learned = { readonly evidence: (profile: string) => Evidence; readonly origins: Origins }

/** Resolves when all is known that these policies ask for. Rejects if the message cannot be read. */
export async function learn(
  sources: Sources,
  subject: Subject,
  policies: readonly Policy[],
  clock: Clock,
): Promise<Learned> {
  const times = new Map<string, number>()
  const measure = { clock, onScan: ({ scanner, ms }: { scanner: string; ms: number }) => times.set(scanner, ms) }
  const watched: Sources = {
    ...sources,
    spam: sources.spam && measuredSpam(sources.spam, measure),
    virus: sources.virus && measuredVirus(sources.virus, measure),
  }
  const wanted = wantedBy(policies)
  const assessment = new Assessment(watched, subject, wanted)
  const profiles = new Set(policies.map(({ profile }) => profile))
  const isPending = () =>
    [...profiles].some(profile => Object.values(assessment.evidence(profile)).some(({ state }) => state === 'pending'))
  try {
    while (isPending()) {
      if (assessment.isReadyToScan) assessment.scan(wanted)
      await assessment.next()
    }
  } finally {
    assessment.cancel()
  }
  const origin = (name: string | undefined) =>
    name === undefined || name === given ? name : `${name}, ${Math.round(times.get(name) ?? 0)} ms`
  return {
    evidence: profile => assessment.evidence(profile),
    origins: { spam: origin(sources.spam?.name), virus: origin(sources.virus?.name) },
  }
}
