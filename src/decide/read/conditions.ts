/** The conditions of rules, from which reading and asking come (rules/README.md). */
import type { Case } from '../settings.ts'
import { contentConditions } from './conditions/content.ts'
import { envelopeConditions } from './conditions/envelope.ts'
import { headerConditions } from './conditions/header.ts'
import { someOf, tableOf, type Reader } from './reader.ts'

/** By the keys that stand for them. */
export const conditions = { ...envelopeConditions, ...headerConditions, ...contentConditions }

const caseValue: Reader<Case> = (tree, findings) => {
  if (tree.kind === 'table' && tree.pairs.length === 0 && !findings.broken)
    return findings.error(
      tree.span,
      'empty',
      'no condition stands here',
      `one of ${Object.keys(conditions).join(', ')}`,
    )
  const read = tableOf('a condition', conditions)(tree, findings)
  return read === null ? null : Object.values(read).flat()
}

/** A table, all of whose conditions must hold, or a list of tables, any of which. */
export const casesValue: Reader<readonly Case[]> = (tree, findings) =>
  someOf(caseValue)(tree, findings)?.map(({ value }) => value) ?? null
