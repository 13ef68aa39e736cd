/** Conditions on what is so or not: `true`, `false`. */
import type { Facts, Evidence } from '../../facts.ts'
import { comparison } from '../../found.ts'
import type { Condition } from '../../settings.ts'
import { not, type Answer } from '../../truth.ts'
import { switchValue } from '../content-values.ts'
import { schemaOf, taking } from '../reader.ts'
import type { ConditionReader } from './any-of.ts'

/** `answer`: whether it is so. */
export function isSo(
  name: string,
  needs: readonly (keyof Evidence)[],
  answer: (facts: Facts) => Answer,
): ConditionReader {
  const schema = () => schemaOf(switchValue)
  return taking(schema, (tree, findings) => {
    const wanted = switchValue(tree, findings)
    if (wanted === null) return null
    const holds: Condition['holds'] = facts => (wanted ? answer(facts) : not(answer(facts)))
    const found: Condition['found'] = (facts, delimiters) => {
      const known = answer(facts)
      const seen = typeof known === 'boolean' ? [String(known)] : []
      return comparison(name, seen, holds(facts, delimiters), [String(wanted)])
    }
    return [{ name, values: [String(wanted)], range: undefined, needs, fields: [], holds, found }]
  })
}
