/** The conditions of rules, from which reading and asking come (rules/README.md). */
import type { Case } from '../settings.ts'
import { contentConditions } from './conditions/content.ts'
import { envelopeConditions } from './conditions/envelope.ts'
import { headerConditions } from './conditions/header.ts'
import { schemaOf, someOf, tableOf, taking, type Reader } from './reader.ts'
import type { Schema } from './schema.ts'

/** By the keys that stand for them. */
export const conditions = { ...envelopeConditions, ...headerConditions, ...contentConditions }

const caseTable = tableOf('a condition', conditions)
const caseSchema = (): Schema => ({ name: 'conditions', ...schemaOf(caseTable), minProperties: 1 })

const caseValue: Reader<Case> = taking(caseSchema, (tree, findings) => {
  if (tree.kind === 'table' && tree.pairs.length === 0 && !findings.broken)
    return findings.error(
      tree.span,
      'empty',
      'no condition stands here',
      `one of ${Object.keys(conditions).join(', ')}`,
    )
  const read = caseTable(tree, findings)
  // What `flat` makes has room for more.
  return read === null ? null : [...Object.values(read).flat()]
})

const caseList = someOf(caseValue)
const casesSchema = () => schemaOf(caseList)

/** A table, all of whose conditions must hold, or a list of tables, any of which. */
export const casesValue: Reader<readonly Case[]> = taking(
  casesSchema,
  (tree, findings) => caseList(tree, findings)?.map(({ value }) => value) ?? null,
)
