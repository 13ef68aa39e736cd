/** Which files count for whom, and what a broken one does (rules/README.md). */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { addressOf } from '../../../src/address.ts'
import type { Problem } from '../../../src/decide/problem.ts'
import type { LiveRules } from '../../../src/decide/reload/live-rules.ts'
import { loadRules as load, tryRules } from '../../support/live-rules.ts'
import { rulesTree } from '../../support/rules-tree.ts'

/** The junk folders of all files that count are set to their names, so the rules of a policy tell which files they came from. */
function filesOf(rules: LiveRules, to: string, orcpt?: string): string {
  const found = rules.current.policyFor(addressOf(to), orcpt === undefined ? undefined : addressOf(orcpt))
  if ('broken' in found) return `broken: ${found.broken.map(({ code }) => code).join()}`
  return found.policy.rules.map(({ folder }) => folder).join(' < ')
}

/** A file that leaves its name in the policy. */
function file(name: string, ...lines: string[]): string {
  return [...lines, `rules: [{ folder: ${name} }]`].join('\n')
}

function codes(problems: readonly Problem[]): string[] {
  return problems.map(
    ({ code, file: path, line }) => `${code} ${path.replace(/^.*lmtp-gate-rules-[^/]*\/?/, '')}:${line}`,
  )
}

function problemsOf(files: Readonly<Record<string, string | Uint8Array>>): string[] {
  const loaded = tryRules(rulesTree(files))
  assert.ok('problems' in loaded, 'it was taken')
  return codes(loaded.problems.filter(({ severity }) => severity === 'error'))
}

describe('the files that count', () => {
  const rules = load(
    rulesTree({
      'default.yaml': file('site'),
      '_roles.yaml': file('roles', 'for: ["abuse@*", alice@example.org]'),
      '_all-abuse.yaml': file('all-abuse', 'for: ["abuse@*"]'),
      'README.md': 'not read',
      '.hidden.yaml': 'not: [read',
      'example.org/_domain.yaml': file('domain', 'for: ["*@example.com", "*@Bücher.example"]'),
      'example.org/_design.yaml': file(
        'design',
        'for: [alice@example.org, ben@example.org, guest@other.example, "_x@example.org"]',
      ),
      'example.org/_art.yaml': file('art', 'for: [alice@example.org]'),
      'example.org/alice.yaml': file('alice'),
      'example.org/jörg.yaml': file('joerg'),
      'example.org/notes.txt': 'not read',
      'no-domain-file.example/zoe.yaml': file('zoe'),
      'xn--fsqu00a.example/li.yaml': file('li'),
    }),
  )
  const cases: readonly (readonly [string, string])[] = [
    ['alice@example.org', 'alice < art < design < roles < domain < site'],
    ['ALICE+Lists@Example.ORG', 'alice < art < design < roles < domain < site'],
    ['"alice"@example.org', 'alice < art < design < roles < domain < site'],
    ['alice@example.com', 'alice < art < design < roles < domain < site'],
    ['ben@xn--bcher-kva.example', 'design < domain < site'],
    ['ben@example.org', 'design < domain < site'],
    ['carol@example.org', 'domain < site'],
    ['abuse@example.org', 'all-abuse < roles < domain < site'],
    ['abuse@anywhere.example', 'all-abuse < roles < site'],
    ['abuse', 'all-abuse < roles < site'],
    ['guest@other.example', 'design < domain < site'],
    ['alice@other.example', 'site'],
    ['zoe@no-domain-file.example', 'zoe < site'],
    ['li@xn--fsqu00a.example', 'li < site'],
    [Buffer.from('JO\u0308RG@example.org').toString('latin1'), 'joerg < domain < site'],
    ['_x@example.org', 'design < domain < site'],
    ['_domain@example.org', 'domain < site'],
    ['../example.org/alice@example.org', 'domain < site'],
    ['alice@../example.org', 'site'],
    ['alice@example.org/../example.org', 'site'],
    ['default@', 'site'],
    ['constructor@__proto__', 'site'],
  ]
  for (const [to, expected] of cases) it(`for ${to} are ${expected}`, () => assert.equal(filesOf(rules, to), expected))

  it('are those of the original recipient, if a person or a group is named by it', () => {
    assert.equal(
      filesOf(rules, 'zoe@no-domain-file.example', 'alice@example.org'),
      'alice < art < design < roles < domain < site',
    )
    assert.equal(filesOf(rules, 'zoe@no-domain-file.example', 'ben+x@example.com'), 'design < domain < site')
    assert.equal(filesOf(rules, 'zoe@no-domain-file.example', 'carol@example.org'), 'zoe < site')
    assert.equal(filesOf(rules, 'zoe@no-domain-file.example', 'abuse@example.net'), 'all-abuse < roles < site')
  })

  it('may be none at all', () => {
    assert.equal(filesOf(load(rulesTree({ 'README.md': '' })), 'a@b.example'), '')
  })

  it('follow links that stay in the tree', () => {
    const root = rulesTree({ 'example.org/alice.yaml': file('alice') })
    symlinkSync('alice.yaml', join(root, 'example.org/ben.yaml'))
    symlinkSync('example.org', join(root, 'example.net'))
    assert.equal(filesOf(load(root), 'ben@example.org'), 'alice')
    assert.equal(filesOf(load(root), 'alice@example.net'), 'alice')
  })

  it('are never those of an address that reads alike', () => {
    const loaded = load(rulesTree({ 'default.yaml': file('site'), 'example.org/a@b.yaml': file('person') }))
    assert.equal(filesOf(loaded, '"a"@b@example.org'), 'site')
    assert.equal(filesOf(loaded, '"a@b"@example.org'), 'person < site')
  })

  it('are read once, when they are first needed', () => {
    const root = rulesTree({ 'example.org/alice.yaml': file('one'), 'example.org/ben.yaml': file('one') })
    const loaded = load(root)
    assert.equal(filesOf(loaded, 'alice@example.org'), 'one')
    for (const name of ['alice', 'ben']) writeFileSync(join(root, `example.org/${name}.yaml`), file('two'))
    assert.equal(filesOf(loaded, 'alice@example.org'), 'one')
    // Of what this version has listed nothing is left, and it knows nothing newer.
    assert.equal(filesOf(loaded, 'ben@example.org'), 'broken: unreadable')
    const policyOf = (to: string) => {
      const found = loaded.current.policyFor(addressOf(to), undefined)
      return 'policy' in found ? found.policy : assert.fail('broken')
    }
    assert.equal(policyOf('alice@example.org'), policyOf('Alice+x@example.org'))
  })
})

describe("a person's broken file", () => {
  it('breaks the policy of that person alone', () => {
    const rules = load(
      rulesTree({
        'default.yaml': file('site'),
        'example.org/alice.yaml': 'sise: { max: 1K }',
        'example.org/ben.yaml': file('ben'),
        'example.org/big.yaml': '#'.repeat(256 * 1024 + 1),
        'example.org/latin1.yaml': Buffer.from('junk_folder: M\xfcll', 'latin1'),
        'example.org/dir.yaml/x': '',
        'example.org/Upper.yaml': file('upper'),
        'example.org/short.yml': file('short'),
        'example.org/carol+shop.yaml': file('shop'),
      }),
    )
    assert.equal(filesOf(rules, 'alice@example.org'), 'broken: unknown-key')
    assert.equal(filesOf(rules, 'ben@example.org'), 'ben < site')
    assert.equal(filesOf(rules, 'big@example.org'), 'broken: limit')
    assert.equal(filesOf(rules, 'latin1@example.org'), 'broken: unreadable')
    assert.equal(filesOf(rules, 'upper@example.org'), 'broken: name')
    assert.equal(filesOf(rules, 'short@example.org'), 'broken: name')
    assert.equal(filesOf(rules, 'carol+shop@example.org'), 'site')
    assert.deepEqual(codes(rules.warnings).sort(), [
      'name example.org/Upper.yaml:0',
      'name example.org/carol+shop.yaml:0',
      'name example.org/dir.yaml:0',
      'name example.org/short.yml:0',
    ])
  })

  it('may be no file, lead out of the tree, or be gone', () => {
    const root = rulesTree({ 'example.org/gone.yaml': file('gone') })
    const outside = rulesTree({ 'alice.yaml': file('outside') })
    symlinkSync(join(outside, 'alice.yaml'), join(root, 'example.org/alice.yaml'))
    symlinkSync('nowhere.yaml', join(root, 'example.org/ben.yaml'))
    symlinkSync('loop.yaml', join(root, 'example.org/loop.yaml'))
    symlinkSync('/dev/zero', join(root, 'example.org/zero.yaml'))
    execFileSync('mkfifo', [join(root, 'example.org/pipe.yaml')])
    const rules = load(root)
    renameSync(join(root, 'example.org/gone.yaml'), join(root, 'example.org/elsewhere'))
    assert.equal(filesOf(rules, 'alice@example.org'), 'broken: link')
    assert.equal(filesOf(rules, 'ben@example.org'), 'broken: unreadable')
    assert.equal(filesOf(rules, 'loop@example.org'), 'broken: unreadable')
    assert.equal(filesOf(rules, 'zero@example.org'), 'broken: link')
    assert.equal(filesOf(rules, 'pipe@example.org'), 'broken: unreadable')
    assert.equal(filesOf(rules, 'gone@example.org'), 'broken: unreadable')
  })
})

describe("an administrator's broken file", () => {
  it('keeps all from being used, with the problems of all', () => {
    assert.deepEqual(
      problemsOf({
        'default.yaml': 'sise: 1',
        '_g.yaml': 'at_worst: junk',
        'a.example/_domain.yaml': 'size: 1\nusers: { keys: spma }',
        'b.example/_g.yaml': Buffer.from('\xff', 'latin1'),
        'b.example/alice.yaml': 'broken: but not asked',
      }),
      [
        'unreadable b.example/_g.yaml:0',
        'unknown-key default.yaml:1',
        'no-value _g.yaml:1',
        'wrong-type a.example/_domain.yaml:1',
        'wrong-value a.example/_domain.yaml:2',
      ],
    )
  })

  it('may be one with a name that nobody would find', () => {
    const problems = problemsOf({
      'default.yml': '',
      'alice.yaml': '',
      '_domain.yaml': '',
      'Example.ORG/alice.yaml': '',
      'a.example/_domain.yml': '',
      'a.example/_g.yml': '',
      'bücher.example/a.yaml': '',
      'xn--bcher-kva.example/a.yaml': '',
    })
    assert.deepEqual(problems, [
      'name _domain.yaml:0',
      'name alice.yaml:0',
      'name default.yml:0',
      'name Example.ORG:0',
      'name a.example/_domain.yml:0',
      'name a.example/_g.yml:0',
      'claimed-twice xn--bcher-kva.example:0',
    ])
  })

  it('may be a link that leaves the tree, or a folder that is none', () => {
    const root = rulesTree({ 'default.yaml': '' })
    const outside = rulesTree({ '_domain.yaml': '' })
    symlinkSync(outside, join(root, 'example.org'))
    symlinkSync('loop', join(root, 'loop'))
    symlinkSync('nowhere', join(root, '_nowhere.yaml'))
    symlinkSync(join(outside, '_domain.yaml'), join(root, '_group.yaml'))
    const loaded = tryRules(root)
    assert.deepEqual('problems' in loaded ? codes(loaded.problems) : [], [
      'link _group.yaml:0',
      'unreadable _nowhere.yaml:0',
      'link example.org:0',
    ])
    const nowhere = tryRules(join(root, 'nowhere'))
    assert.deepEqual('problems' in nowhere ? codes(nowhere.problems) : [], ['unreadable nowhere:0'])
    assert.match('problems' in nowhere ? (nowhere.problems[0]?.mend ?? '') : '', /^make it, or let rules in lmtp-gate/)
    const plain = tryRules(join(root, 'default.yaml'))
    assert.deepEqual('problems' in plain ? codes(plain.problems) : [], ['unreadable default.yaml:0'])
  })
})

describe('an address claimed twice', () => {
  const claim = (address: string) => `for: ["${address}"]`
  const cases: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
    [
      'by two domains',
      { 'a.example/_domain.yaml': claim('*@c.example'), 'b.example/_domain.yaml': claim('*@c.example') },
      ['a.example/_domain.yaml', 'b.example/_domain.yaml'],
    ],
    [
      'by two groups of different folders',
      { 'a.example/_g.yaml': claim('x@c.example'), 'b.example/_g.yaml': claim('x@c.example') },
      ['a.example/_g.yaml', 'b.example/_g.yaml'],
    ],
    [
      'by a domain and a group of another folder',
      { 'a.example/_domain.yaml': claim('*@c.example'), 'b.example/_g.yaml': claim('x@c.example') },
      ['a.example/_domain.yaml', 'b.example/_g.yaml'],
    ],
    [
      'by a domain, though it has a folder',
      { 'a.example/_domain.yaml': claim('*@b.example'), 'b.example/x.yaml': '' },
      ['a.example/_domain.yaml'],
    ],
    [
      'by a group, though its domain has a folder',
      { 'a.example/_g.yaml': claim('x@b.example'), 'b.example/x.yaml': '' },
      ['a.example/_g.yaml'],
    ],
    ['by the domain itself', { 'a.example/_domain.yaml': claim('*@a.example') }, ['a.example/_domain.yaml']],
  ]
  for (const [how, files, expected] of cases)
    it(`${how} is an error in each file`, () =>
      assert.deepEqual(
        problemsOf(files),
        expected.map(path => `claimed-twice ${path}:1`),
      ))

  it('within one folder is none', () => {
    const rules = load(
      rulesTree({
        'a.example/_domain.yaml': file('domain', 'for: ["*@c.example"]'),
        'a.example/_g.yaml': file('g', 'for: [x@c.example, y@d.example]'),
        'a.example/_h.yaml': file('h', 'for: [x@c.example, y@d.example, y@a.example]'),
      }),
    )
    assert.equal(filesOf(rules, 'x@c.example'), 'g < h < domain')
    assert.equal(filesOf(rules, 'y@d.example'), 'g < h < domain')
    assert.equal(filesOf(rules, 'y@c.example'), 'h < domain')
  })
})

describe('a large tree', () => {
  it('is listed, not read', () => {
    const root = rulesTree({ 'default.yaml': '' })
    mkdirSync(join(root, 'big.example'))
    for (let i = 0; i < 3000; i += 1) writeFileSync(join(root, `big.example/p${i}.yaml`), 'this is broken: [')
    load(root)
  })
})
