/** `check`: what is wrong in all files at once, who waits for it, and that all we show people is right. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, it } from 'node:test'
import { codes } from '../../../src/decide/codes.ts'
import { formatProblem } from '../../../src/decide/problem.ts'
import { exitCodeOf, summaryOf, type Found } from '../../../src/tools/check-report.ts'
import { checkRules } from '../../../src/tools/check.ts'
import type { SchemaName } from '../../../src/tools/schema.ts'
import { rulesTree } from '../../support/rules-tree.ts'
import { schemaTakes } from '../../support/schemas.ts'

const options = {
  recipientDelimiter: '+',
  messageLimit: 100 * 1024 ** 2,
  today: '2026-11-22',
  abilities: { spam: true, virus: true, proof: false },
}
const shipped = fileURLToPath(new URL('../../../rules', import.meta.url))

function found(root: string): Found {
  return { ...checkRules(root, options), configuration: 'fine' }
}

describe('check', () => {
  it('finds nothing wrong in the policies that come with the gate', () => {
    const all = found(shipped)
    assert.deepEqual(all.problems.map(formatProblem), [])
    assert.equal(exitCodeOf(all, true), 0)
    assert.equal(summaryOf(all), `${all.files.length} files: no errors, no warnings.`)
  })

  it('names who has to wait, and counts', () => {
    const root = rulesTree({
      'default.yaml': 'size: { max: 1MB }',
      'example.org/alice.yaml': 'senders: { allow: a.example }',
      'example.org/dave.yaml': 'size: { max: no }\nrules: [{ thn: junk }]',
      'hosting.example/carol.yaml': 'at_worst: discard',
    })
    const all = found(root)
    assert.equal(
      summaryOf(all),
      '4 files: 3 errors in 2 files, 1 warning. Until mended, the last good version counts for dave@example.org and carol@hosting.example; after a restart their mail waits (451 4.3.5).',
    )
    assert.equal(exitCodeOf(all, false), 1)
    assert.deepEqual(
      all.problems.map(({ code, line }) => `${code}:${line}`),
      ['forgeable:1', 'wrong-value:1', 'unknown-key:2', 'wrong-value:1'],
    )
  })

  it("tells what persons' files say that users does not allow, in all files and in one", () => {
    const root = rulesTree({
      'default.yaml': 'users: { keys: [spam, senders, junk_folder, rules] }',
      'hosting.example/_domain.yaml':
        'for: ["*@also.example"]\nusers: { keys: [spam, virus, junk_folder], actions: [junk, discard] }',
      'hosting.example/carol.yaml': 'spam: { quarantine: 10 }\nsenders: { block: a.example }',
      'hosting.example/dave.yaml': 'spam: { junk: 4 }',
      'other.example/carol.yaml': 'spam: { quarantine: 10 }\nvirus: off',
    })
    const all = found(root)
    const told = ({ problems }: Found) =>
      problems.map(({ severity, file, line, code }) => `${severity} ${file.slice(root.length + 1)}:${line} ${code}`)
    assert.deepEqual(told(all), [
      'warning hosting.example/_domain.yaml:2 never',
      'error hosting.example/carol.yaml:1 not-allowed',
      'error hosting.example/carol.yaml:2 not-allowed',
      'error other.example/carol.yaml:2 not-allowed',
    ])
    assert.equal(
      summaryOf(all),
      '5 files: 3 errors in 2 files, 1 warning. Until mended, the last good version counts for carol@hosting.example and carol@other.example; after a restart their mail waits (451 4.3.5).',
    )
    const only = new Set([join(root, 'other.example/carol.yaml')])
    const one = { ...checkRules(root, { ...options, only }), configuration: 'fine' } as const
    assert.deepEqual(told(one), ['error other.example/carol.yaml:2 not-allowed'])
    assert.deepEqual(one.waiting, ['carol@other.example'])
  })

  it('says so if nothing can start', () => {
    const root = rulesTree({
      '_g.yaml': 'for: [a@b.example]\nat_wurst: junk',
      'b.example/_domain.yaml': 'at_wurst: junk',
      'b.example/_h.yaml': 'for: [a@b.example]\nat_wurst: junk',
      'c.example/_domain.yaml': 'at_worst: junk',
    })
    const all = found(root)
    assert.equal(
      summaryOf(all),
      `4 files: 3 errors in 3 files, no warnings. Until mended, the gate does not start; one that runs keeps the last good version of the administrators' files in ${root} and ${root}/b.example.`,
    )
    assert.equal(exitCodeOf(all, false), 1)
  })

  it('names five of many', () => {
    const files = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`example.org/p${i}.yaml`, 'x: y']))
    assert.match(
      summaryOf(found(rulesTree(files))),
      /counts for p0@example\.org, p1@example\.org, p2@example\.org, p3@example\.org, p4@example\.org and 3 others; after/,
    )
  })

  it('fails for warnings only if told to be strict', () => {
    const root = rulesTree({ 'example.org/alice.yaml': 'senders: { allow: a.example }' })
    assert.equal(exitCodeOf(found(root), false), 0)
    assert.equal(exitCodeOf(found(root), true), 1)
    assert.equal(exitCodeOf(found(rulesTree({ 'a.example/b.yaml': '' })), true), 0)
  })

  it('finds a file of a person that nobody would find', () => {
    assert.equal(
      summaryOf(found(rulesTree({ 'example.org/Alice.yaml': '' }))),
      '1 file: 1 error in 1 file, no warnings. Until mended, the last good version counts for alice@example.org; after a restart their mail waits (451 4.3.5).',
    )
  })
})

describe('rules/README.md', () => {
  const text = readFileSync(join(shipped, 'README.md'), 'utf8')
  const examples = Array.from(text.matchAll(/```yaml\n# rules\/(\S+)\n([^]*?)```/g), ([, path = '', content = '']) => ({
    path,
    content,
  }))

  it('has examples, and none without a file name', () => {
    assert.equal(examples.length, text.match(/```yaml/g)?.length)
    assert.ok(examples.length >= 10)
  })

  it('shows what check prints', () => {
    const [, shown = ''] = /^\$ lmtp-gate check\n([^]*?)^```$/m.exec(text) ?? []
    const excerpts = Array.from(shown.matchAll(/^rules\/(\S+?):(\d+):.*\n {2}\d+ \| (.*)\n/gm))
    assert.equal(excerpts.length, 2)
    const around = ['rules:', '  - when: { detail: fair }', '    then: reject']
    const files = excerpts.map(([, path = '', line = '', excerpt = '']) => {
      const before = excerpt.startsWith(' ') ? around : around.map(() => '#')
      return [path, [...before.slice(0, Number(line) - 1), excerpt].join('\n')] as const
    })
    const root = rulesTree(Object.fromEntries(files))
    const all = found(root)
    const printed = [...all.problems.map(formatProblem), summaryOf(all)].join('\n').replaceAll(`${root}/`, 'rules/')
    assert.equal(`${printed}\n`, shown.replace(/^148 files/m, '2 files'))
  })

  it('lists the codes', () => {
    const [, table = ''] = text.split('| code | |\n')
    const listed = Array.from(table.matchAll(/^\| (`.*`) \|/gm), ([, cell = '']) =>
      cell.replaceAll('`', '').split(', '),
    )
    assert.deepEqual(listed.flat().sort(), [...codes].sort())
  })

  for (const [i, { path, content }] of examples.entries())
    it(`is right in example ${i + 1}, ${path}`, () => {
      const { problems } = checkRules(rulesTree({ [path]: content }), options)
      assert.deepEqual(problems.filter(({ severity }) => severity === 'error').map(formatProblem), [])
      assert.equal(schemaTakes(schemaFor(path), content), true)
      assert.equal(schemaTakes('policy', content), true)
    })
})

/** By the name of the file. */
function schemaFor(path: string): SchemaName {
  if (path === 'default.yaml') return 'default'
  if (path.endsWith('/_domain.yaml')) return 'domain'
  return /(?:^|\/)_[^/]*$/.test(path) ? 'group' : 'person'
}
