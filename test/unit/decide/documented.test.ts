/** The policy files that rules/README.md and README.md show do what is said of them, each (documented.txt). */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { abilitiesOf, outcomeBy, wordsIn } from '../../support/case-words.ts'
import { loadRules } from '../../support/live-rules.ts'
import { rulesTree } from '../../support/rules-tree.ts'

const sections = readFileSync(new URL('documented.txt', import.meta.url), 'utf8')
  .split(/^(?=\[)/m)
  .slice(1)
const shown = ['rules/README.md', 'README.md'].flatMap(page => {
  const text = readFileSync(new URL(`../../../${page}`, import.meta.url), 'utf8')
  const examples = text.matchAll(/^```yaml\n# rules\/(\S+)\n([^]*?)^```/gm)
  return Array.from(examples, ([, path = '', content = '']) => ({ title: `[${page}] ${path}`, path, content }))
})

describe('an example', () => {
  it('is tried, each of them', () => {
    assert.deepEqual(
      sections.map(section => section.split('\n')[0]),
      shown.map(({ title }) => title),
    )
    for (const section of sections) assert.match(section, / \| /)
  })

  for (const [i, { title, path, content }] of shown.entries()) {
    const lines = sections[i]?.trim().split('\n').slice(1) ?? []
    const beside = lines.flatMap(line => {
      const [, name, text] = /^\+ (\S+): (.*)$/.exec(line) ?? []
      return name === undefined || text === undefined ? [] : [[name, text] as const]
    })
    const files = { [path]: content, ...Object.fromEntries(beside) }
    for (const line of lines.filter(one => one.includes(' | ')))
      it(`${i + 1} ${title}: ${line}`, () => {
        const [, facts = '', expected = ''] = /^(.*?) \| (.*)$/.exec(line) ?? []
        const given = wordsIn(facts)
        const rules = loadRules(rulesTree(files), { abilities: abilitiesOf(given) }).current
        assert.equal(outcomeBy(rules, given), expected)
      })
  }
})
