/** What the README shows works as shown. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { loadConfig } from '../../src/config/config.ts'
import type { Config } from '../../src/config/config.ts'
import { formatProblem } from '../../src/decide/problem.ts'
import { checkRules } from '../../src/tools/check.ts'
import { recipientLine } from '../../src/watch/text-log.ts'
import { noAbilities } from '../support/abilities.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

/** The YAML examples by the file they name in their first line. */
const examples = new Map(
  Array.from(readme.matchAll(/^```yaml\n# (\S+).*\n([^]*?)^```$/gm), ([, file = '', text = '']) => [file, text]),
)

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'gate-readme-'))))
afterEach(() => rmSync(folder, { recursive: true }))

function write(file: string, text: string): string {
  const path = join(folder, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return path
}

function configOf(text: string): Config {
  const loaded = loadConfig(write('lmtp-gate.yaml', text), folder)
  if ('problems' in loaded) assert.fail(loaded.problems.map(formatProblem).join('\n'))
  return loaded.config
}

describe('the README', () => {
  it('shows a configuration that is right', () => {
    assert.equal(configOf(examples.get('lmtp-gate.yaml') ?? '?').rules, '/etc/lmtp-gate/rules')
  })

  it('shows a policy file that is right', () => {
    const [file = '', text = ''] = [...examples].find(([name]) => name.startsWith('rules/')) ?? []
    write(file, text)
    const { problems } = checkRules(join(folder, 'rules'), {
      recipientDelimiter: '+',
      messageLimit: 100_000_000,
      today: '2026-11-22',
      abilities: noAbilities,
    })
    assert.deepEqual(problems.filter(({ severity }) => severity === 'error').map(formatProblem), [])
  })

  it('names every setting with its default', () => {
    const settings = readme.slice(readme.indexOf('\n## All settings'))
    const rows = Array.from(settings.matchAll(/^\| `([\w.]+)` \| (?:`([^|]+)`|[^`|]+) \|/gm))
    const lines = rows.flatMap(([, key = '', value]) => {
      if (value === undefined) return []
      const [section = '', name] = key.split('.')
      return name === undefined ? [`${section}: ${value}`] : [`${section}: { ${name}: ${value} }`]
    })
    const usual = configOf('')
    for (const line of lines) assert.deepEqual(configOf(line), usual, line)
    const keys = (value: object): string[] =>
      Object.entries(value).flatMap(([key, part]) =>
        ['quarantine', 'spool', 'limits', 'log', 'decisions'].includes(key)
          ? keys(part as object)
          : [key.replace(/[A-Z]/g, '_$&').toLowerCase()],
      )
    const named = rows.map(([, key = '']) => key.split('.').at(-1))
    assert.deepEqual(named, keys(usual).slice(1))
  })

  it('shows a log line as the gate writes it', () => {
    const shown = /^Nov 22 06:00:00 mail lmtp-gate\[812\]: (.*)$/m.exec(readme)?.[1]
    const line = recipientLine({
      id: 'mh2x.1',
      queueId: '4dDXyz0Kqz2',
      from: 'news@offers.top',
      to: 'alice@example.org',
      originalTo: undefined,
      relay: 'unix:/run/dovecot/lmtp',
      delays: { receive: 9, decide: 1, wait: 0, deliver: 4 },
      stage: 'end of data',
      reply: { code: 250, enhanced: '2.0.0', lines: ['<alice+Junk@example.org> iNxoMutgAmt+IgAAg+zDdQ Saved'] },
      action: 'junk',
      because: { step: 'senders', words: 'block *.top' },
      place: { file: 'rules/default.yaml', line: 4, column: 22 },
      cause: undefined,
      inDoubt: false,
    })
    assert.equal(shown, line)
  })
})
