/** `explain` as it is called and as it answers: test/golden/explain. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Command } from 'commander'
import { defineExplain } from '../../../../src/tools/explain/program.ts'
import type { Told } from '../../../../src/tools/explain/run.ts'
import { play, scenarios } from '../../../support/golden.ts'

async function run(words: readonly string[]): Promise<Told> {
  let told: Told | undefined
  const program = new Command('lmtp-gate').exitOverride()
  defineExplain(program.command('explain'), ['-c, --config <file>', ''], one => (told = one))
  await program.parseAsync([...words], { from: 'user' })
  assert.ok(told)
  return told
}

describe('explain', () => {
  it('shows in the README what it shows here', () => {
    const readme = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8')
    const [, command = '', shown = ''] = /^\$ lmtp-gate (explain .*)\n([^]*?)^```$/m.exec(readme) ?? []
    const same = scenarios('explain').find(({ words }) => words.join(' ') === command)
    assert.equal(`${shown}(exit code 0)\n`, same?.shown)
  })

  for (const scenario of scenarios('explain'))
    it(`shows ${scenario.name.replaceAll('-', ' ')}`, async () => {
      const { actual, expected } = await play(scenario, () => run(scenario.words))
      assert.equal(actual, expected)
      for (const line of actual.split('\n')) {
        assert.ok(line.length <= 100 || line.startsWith('rules/'), line)
        assert.doesNotMatch(line, /[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/)
      }
    })
})
