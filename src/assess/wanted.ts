/** What all recipients of a message want to know about it together. */
import type { Policy } from '../decide/policy.ts'
import { wants } from '../decide/wants.ts'
import type { Wanted } from './assessment.ts'

export function wantedBy(policies: readonly Policy[]): Wanted {
  const all = policies.map(wants)
  return {
    from: all.some(({ from }) => from),
    received: all.some(({ received }) => received),
    auth: all.some(({ auth }) => auth),
    structure: all.some(({ structure }) => structure),
    virus: all.some(({ virus }) => virus),
    profiles: new Set(all.map(({ profile }) => profile).filter(profile => profile !== undefined)),
  }
}
