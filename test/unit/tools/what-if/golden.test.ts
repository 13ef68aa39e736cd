/** `what-if` as it is called and as it answers: test/golden/what-if. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Command, CommanderError } from 'commander'
import { defineWhatIf } from '../../../../src/tools/what-if/program.ts'
import { play, scenarios } from '../../../support/golden.ts'
import { PaperScreen } from '../../../support/paper-screen.ts'

async function run(words: readonly string[]): Promise<{ out: string; err: string; exitCode: number }> {
  const screen = new PaperScreen()
  let exitCode: number | undefined
  const program = new Command('lmtp-gate').exitOverride()
  const command = program.command('what-if').configureOutput({ writeErr: text => screen.note(text.trimEnd()) })
  defineWhatIf(
    command,
    ['-c, --config <file>', ''],
    code => (exitCode = code),
    () => screen,
  )
  await program.parseAsync([...words], { from: 'user' }).catch((error: unknown) => {
    if (!(error instanceof CommanderError)) throw error
    exitCode = error.exitCode
  })
  assert.ok(exitCode !== undefined)
  return { out: screen.out.trimEnd(), err: screen.err.trimEnd(), exitCode }
}

describe('what-if', () => {
  it('shows in the README what it shows here', () => {
    const readme = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8')
    const [, command = '', shown = ''] = /^\$ lmtp-gate (what-if .*)\n([^]*?)^```$/m.exec(readme) ?? []
    const same = scenarios('what-if').find(({ words }) => words.join(' ') === command)
    assert.equal(`${shown}(exit code 2)\n`, same?.shown)
  })

  for (const scenario of scenarios('what-if'))
    it(`shows ${scenario.name.replaceAll('-', ' ')}`, async () => {
      const { actual, expected } = await play(scenario, () => run(scenario.words))
      assert.equal(actual, expected)
      for (const line of actual.split('\n')) assert.doesNotMatch(line, /[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/)
    })
})
