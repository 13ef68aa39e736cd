/** What all recipients of a message want to know about it together. */
import type { Policy } from '../decide/policy.ts'
import { wants, type Wants } from '../decide/wants.ts'
import type { Wanted } from './assessment.ts'

export function wantedBy(policies: readonly Policy[]): Wanted {
  const all = policies.map(wantsOf)
  return {
    from: all.some(({ from }) => from),
    fromNames: all.some(({ fromNames }) => fromNames),
    to: all.some(({ to }) => to),
    fields: new Set(all.flatMap(({ fields }) => fields)),
    received: all.some(({ received }) => received),
    auth: all.some(({ auth }) => auth),
    structure: all.some(({ structure }) => structure),
    virus: all.some(({ virus }) => virus),
    profiles: new Set(all.map(({ profile }) => profile).filter(profile => profile !== undefined)),
  }
}

/** A policy lives long and is asked at every message. */
const remembered = new WeakMap<Policy, Wants>()

function wantsOf(policy: Policy): Wants {
  const known = remembered.get(policy)
  if (known !== undefined) return known
  const found = wants(policy)
  remembered.set(policy, found)
  return found
}
