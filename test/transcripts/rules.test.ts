/** Every rule of WIRE.md that applies so far is named by a transcript or a test. */
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, it } from 'node:test'

const tests = join(import.meta.dirname, '..')

const lastRule = 58

/** What later issues bring, or other people's servers do. */
const notYet: ReadonlyMap<number, string> = new Map([
  [9, 'XCLIENT to the next hop comes with a later issue'],
  [55, "Postfix's own settings: README.md, and the real servers of test/real run with them"],
])

const rulesNamed = new Map<number, string[]>()
for (const file of readdirSync(tests, { recursive: true, encoding: 'utf8' })) {
  if (!/\.(?:txt|test\.ts)$/.test(file)) continue
  for (const [, list = ''] of readFileSync(join(tests, file), 'utf8').matchAll(/WIRE (\d+(?:, \d+)*)/g))
    for (const rule of list.split(', ').map(Number)) {
      const files = rulesNamed.get(rule) ?? []
      const name = basename(file).replace(/\.txt$/, '')
      if (!files.includes(name)) rulesNamed.set(rule, [...files, name])
    }
}

describe('the rules of WIRE.md', () => {
  for (let rule = 1; rule <= lastRule; rule += 1) {
    const files = rulesNamed.get(rule) ?? []
    const reason = notYet.get(rule)
    it(`${rule}: ${files.join(', ') || (reason ?? 'nowhere')}`, () => {
      assert.ok(files.length > 0 || reason !== undefined, `no transcript and no test names WIRE ${rule}`)
    })
  }
})
