/** The cases of cases.txt: what policies want, case by case, as data. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { merge } from '../../../src/decide/merge.ts'
import { policyOf } from '../../../src/decide/policy-of.ts'
import type { Abilities, Policy } from '../../../src/decide/policy.ts'
import { formatProblem, Source } from '../../../src/decide/problem.ts'
import { readPolicyFile } from '../../../src/decide/read/policy-file.ts'
import { saysNothing } from '../../../src/decide/settings.ts'
import { abilitiesOf, factsOf, said, wordsIn } from '../../support/case-words.ts'

describe('a case', () => {
  const lines = readFileSync(new URL('cases.txt', import.meta.url), 'utf8').split('\n')
  for (const [i, line] of lines.entries()) {
    if (line === '' || line.startsWith('#')) continue
    it(`in line ${i + 1}: ${line.replace(/\s+/g, ' ')}`, () => {
      const found = /^(.*?) \| (.*) \| (.*)$/.exec(line)
      assert.ok(found, 'a case has three parts')
      const [, facts = '', policy = '', expected = ''] = found
      const given = wordsIn(facts)
      assert.equal(said(factsOf(given), policyOfText(policy, abilitiesOf(given))), expected.trim())
    })
  }
})

function policyOfText(text: string, abilities: Abilities): Policy {
  const files = text.split('||').map((part, i) => {
    const { settings, findings } = readPolicyFile(new Source(`file ${i + 1}`, `{ ${part.trim()} }`), 'domain', '+')
    assert.deepEqual(findings.problems.filter(({ severity }) => severity === 'error').map(formatProblem), [])
    return settings
  })
  return policyOf(
    files.reduceRight((farther, nearer) => merge(nearer, farther), saysNothing),
    '+',
    abilities,
  )
}
