/** What sites are able to. */
import type { Abilities } from '../../src/decide/policy.ts'

export const noAbilities: Abilities = { spam: false, virus: false, proof: false }
