/** What all recipients of a message want to know about it together. */
import type { Policy } from '../decide/policy.ts'
import type { Wanted } from './assessment.ts'

export function wantedBy(policies: readonly Policy[]): Wanted {
  const fields = new Set<string>()
  const profiles = new Set<string>()
  const wanted = {
    from: false,
    fromNames: false,
    to: false,
    fields,
    received: false,
    auth: false,
    structure: false,
    virus: false,
    profiles,
  }
  for (const { wants: one } of policies) {
    wanted.from ||= one.from
    wanted.fromNames ||= one.fromNames
    wanted.to ||= one.to
    wanted.received ||= one.received
    wanted.auth ||= one.auth
    wanted.structure ||= one.structure
    wanted.virus ||= one.virus
    for (const field of one.fields) fields.add(field)
    if (one.profile !== undefined) profiles.add(one.profile)
  }
  return wanted
}
