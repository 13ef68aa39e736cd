/** The wishes of examples.txt, each with what becomes of mail where it is in a policy file: read from disk, merged, decided. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { formatProblem } from '../../../src/decide/problem.ts'
import { checkRules } from '../../../src/tools/check.ts'
import { outcomeBy, wordsIn } from '../../support/case-words.ts'
import { loadRules } from '../../support/live-rules.ts'
import { rulesTree } from '../../support/rules-tree.ts'

const [head = '', ...wishes] = readFileSync(new URL('examples.txt', import.meta.url), 'utf8').split(/^(?=\[\d+\] )/m)
const files = Array.from(head.matchAll(/^rules\/(\S+):\n((?: {2}\| .*\n)+)/gm), ([, path = '', block = '']) => {
  return [path, block.replaceAll(/^ {2}\| /gm, '')] as const
})
const abilities = { spam: true, virus: true, proof: true }

describe('the examples', () => {
  const root = rulesTree(Object.fromEntries(files))
  const rules = loadRules(root, { abilities }).current

  it('are all there, and only those who say what they may not are wrong', () => {
    assert.deepEqual(
      wishes.map(wish => Number(/\d+/.exec(wish)?.[0])),
      Array.from({ length: 13 }, (_, i) => i + 1),
    )
    const options = { recipientDelimiter: '+', messageLimit: 200 * 1024 ** 2, today: '2026-11-22', abilities }
    const errors = checkRules(root, options).problems.filter(({ severity }) => severity === 'error')
    assert.deepEqual(
      errors.map(problem => formatProblem(problem).replaceAll(root, 'rules').split('\n')[0]),
      [
        'rules/hosting.example/carol.yaml:1:9: error: users here may not use "reject", only junk, discard [not-allowed]',
        'rules/hosting.example/erin.yaml:1:1: error: users here may not set "rules", only spam, senders, junk_folder [not-allowed]',
      ],
    )
  })

  for (const wish of wishes) {
    const [title = '', ...cases] = wish.trim().split('\n')
    for (const line of cases)
      it(`${title}: ${line.replace(/\s+/g, ' ')}`, () => {
        const [, facts = '', expected = ''] = /^(.*) \| (.*)$/.exec(line) ?? assert.fail('a case has two parts')
        assert.equal(outcomeBy(rules, wordsIn(facts)), expected)
      })
  }
})
