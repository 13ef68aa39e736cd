/** `check` as it is called: all files in one run, single ones for editors, and its answer for programs. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { check, type CheckAnswer } from '../../../src/tools/check-command.ts'

let folder: string
beforeEach(() => (folder = realpathSync(mkdtempSync(join(tmpdir(), 'gate-check-')))))
afterEach(() => rmSync(folder, { recursive: true }))

function write(files: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
}

type Asked = { readonly files?: readonly string[]; readonly strict?: boolean; readonly json?: boolean }

function run({ files = [], strict = false, json = false }: Asked = {}): CheckAnswer {
  const named = files.map(file => join(folder, file))
  return check(join(folder, 'lmtp-gate.yaml'), { strict, json, files: named })
}

/** What is told to people, with names counted from the folder. */
function told(asked?: Asked): string {
  return run(asked).text.replaceAll(`${folder}/`, '')
}

/** The problems alone, as `file:line:column code`. */
function places(asked?: Asked): readonly string[] {
  const { problems } = JSON.parse(run({ ...asked, json: true }).text) as { problems: Record<string, unknown>[] }
  return problems.map(({ file, line, column, code }) =>
    `${String(file)}:${String(line)}:${String(column)} ${String(code)}`.replace(`${folder}/`, ''),
  )
}

const exampleTree = {
  'lmtp-gate.yaml': 'scanners: { clamd: unix:/x, rspamd: "http://h:1" }\n',
  'rules/default.yaml': 'size: { max: 50MB }\n',
  'rules/example.org/dave.yaml':
    'size: { max: 10MB }\nat_worst: junk\nattachments: { block: [*.exe, "*.js"] }\nrules:\n  - { when: { detail: shop }, thn: reject }\n',
  'rules/example.org/bob.yaml': 'rules:\n  - when: { detail: a }\n    then: reject\n    text: see form #5\n',
}

describe('check', () => {
  it('shows every problem with its line, a caret and the mend, then who falls back to what', () => {
    write(exampleTree)
    assert.equal(
      told(),
      `rules/example.org/bob.yaml:4:20: warning: the text ends here, YAML takes #5 for a comment [comment]
  4 |     text: see form #5
    |                    ^^ put the text in quotes
rules/example.org/dave.yaml:3:24: error: *.exe needs quotes: YAML takes a leading * for a reference [quotes]
  3 | attachments: { block: [*.exe, "*.js"] }
    |                        ^^^^^ write "*.exe"
rules/example.org/dave.yaml:5:31: error: unknown key "thn" in a rule [unknown-key]
  5 |   - { when: { detail: shop }, thn: reject }
    |                               ^^^ did you mean "then"?
4 files: 2 errors in 1 file, 1 warning. Until mended, the last good version counts for dave@example.org; after a restart their mail waits (451 4.3.5).`,
    )
    assert.equal(run().exitCode, 1)
  })

  it('looks at the policy files too if the configuration is wrong, and takes what is wrong in it for missing', () => {
    write({
      ...exampleTree,
      'lmtp-gate.yaml': 'lsten: x\nlimits: { message: 1MB, sessions: 0 }\nscanners: { rspamd: x }\nrules: policies\n',
      'policies/default.yaml': 'size: { max: 2MB }\nspam: { junk: 4 }\n',
    })
    assert.deepEqual(places(), [
      'lmtp-gate.yaml:1:1 unknown-key',
      'lmtp-gate.yaml:2:35 wrong-value',
      'lmtp-gate.yaml:3:21 wrong-value',
      'policies/default.yaml:1:14 never',
    ])
    assert.match(told(), /2 files: 3 errors in 1 file, 1 warning\. Until mended, the gate does not start\.$/)
  })

  it('says that it could not go on if nothing of the configuration can be read', () => {
    write({ 'lmtp-gate.yaml': '[', 'rules/default.yaml': 'x: y' })
    const { text, exitCode } = run()
    assert.match(text, /yaml\]\n[^]*The policy files were not looked at\. Until mended, the gate does not start\.$/)
    assert.equal(exitCode, 1)
  })

  it('warns of what is doubtful in the configuration', () => {
    write({ 'lmtp-gate.yaml': 'name: mail #5\n', 'rules/default.yaml': '' })
    assert.deepEqual(places(), ['lmtp-gate.yaml:1:12 comment'])
    assert.deepEqual([run().exitCode, run({ strict: true }).exitCode], [0, 1])
  })

  it('tells programs the place, its end, the severity, the kind and the mend', () => {
    write(exampleTree)
    const answer = JSON.parse(run({ json: true }).text) as Record<string, unknown> & { problems: unknown[] }
    assert.deepEqual(answer.problems[1], {
      file: join(folder, 'rules/example.org/dave.yaml'),
      line: 3,
      column: 24,
      end: { line: 3, column: 29 },
      severity: 'error',
      code: 'quotes',
      message: '*.exe needs quotes: YAML takes a leading * for a reference',
      mend: 'write "*.exe"',
    })
    const { files, errors, warnings, waiting } = answer
    assert.deepEqual(
      { files, errors, warnings, waiting },
      { files: 4, errors: 2, warnings: 1, waiting: ['dave@example.org'] },
    )
  })

  it('tells where something of several lines ends', () => {
    write({ ...exampleTree, 'rules/default.yaml': 'rules:\n  - when:\n      detail: a\nat_worst: junk\n' })
    const { problems } = JSON.parse(run({ json: true }).text) as { problems: Record<string, unknown>[] }
    assert.deepEqual([problems[0]?.['line'], problems[0]?.['end']], [2, { line: 4, column: 1 }])
  })
})

describe('check of the folders that a gate writes to', () => {
  beforeEach(() => write({ 'rules/default.yaml': '', file: '' }))

  it('says where one cannot be made or is none, and leaves nothing behind', () => {
    write({
      'lmtp-gate.yaml': `spool: { folder: file/spool, memory: 2MB }\nquarantine: file\ndecisions: var/log\n`,
    })
    assert.equal(
      told(),
      `lmtp-gate.yaml:1:18: error: the folder of spool cannot be used: file is no folder [unwritable]
  1 | spool: { folder: file/spool, memory: 2MB }
    |                  ^^^^^^^^^^ name another folder
lmtp-gate.yaml:2:13: error: the folder of quarantine cannot be used: file is no folder [unwritable]
  2 | quarantine: file
    |             ^^^^ name another folder
2 files: 2 errors in 1 file, no warnings. Until mended, the gate does not start.`,
    )
    assert.equal(run().exitCode, 1)
    assert.deepEqual(readdirSync(folder).sort(), ['file', 'lmtp-gate.yaml', 'rules'])
  })

  it('speaks of the file as a whole where they are not named in it', () => {
    write({ 'lmtp-gate.yaml': 'decisions: { size: 1GB }\nname: mail #5\n', var: '' })
    assert.deepEqual(places(), [
      'lmtp-gate.yaml:0:0 unwritable',
      'lmtp-gate.yaml:0:0 unwritable',
      'lmtp-gate.yaml:0:0 unwritable',
      'lmtp-gate.yaml:2:12 comment',
    ])
    assert.match(
      told(),
      /^lmtp-gate\.yaml: error: the folder of spool cannot be used: var is no folder \[unwritable\]\n/,
    )
    assert.deepEqual(places({ files: ['rules/default.yaml'] }), [])
    assert.match(told({ files: ['rules/default.yaml'] }), /1 file: no errors, no warnings\.$/)
  })

  it('takes decisions for a warning, since the gate starts without them', () => {
    write({ 'lmtp-gate.yaml': 'decisions: file\n' })
    assert.deepEqual(places(), ['lmtp-gate.yaml:1:12 unwritable'])
    assert.equal(run().exitCode, 0)
    write({ 'lmtp-gate.yaml': 'decisions: off\n' })
    assert.deepEqual(places(), [])
  })
})

describe('check of single files', () => {
  beforeEach(() => write({ ...exampleTree, 'rules/_g.yaml': 'for: [bob@example.org]\nat_wurst: junk\n' }))

  it('tells of these alone, in words and exit code', () => {
    const bob = { files: ['rules/example.org/bob.yaml'] }
    assert.deepEqual(places(bob), ['rules/example.org/bob.yaml:4:20 comment'])
    assert.deepEqual([run(bob).exitCode, run({ ...bob, strict: true }).exitCode], [0, 1])
    assert.match(told(bob), /1 file: no errors, 1 warning\.$/)
    assert.deepEqual(places({ files: ['rules/_g.yaml', 'lmtp-gate.yaml'] }), ['rules/_g.yaml:2:1 unknown-key'])
    assert.match(told({ files: ['rules/default.yaml', 'lmtp-gate.yaml'] }), /^2 files: no errors, no warnings\.$/)
    assert.equal(run(bob).heading, '')
  })

  it('knows what other files have to do with it', () => {
    write({
      'rules/_a.yaml': 'for: [bob@example.org]\nat_worst: junk\n',
      'rules/_g.yaml': 'for: [bob@example.org]\nat_worst: deliver\n',
    })
    assert.deepEqual(places({ files: ['rules/_g.yaml'] }), ['rules/_g.yaml:2:11 contradiction'])
    assert.deepEqual(places({ files: ['rules/_a.yaml'] }), [])
  })

  it('knows what is behind it, groups and the rest, and shows that in the order of the lines', () => {
    write({
      'rules/_g.yaml': '',
      'rules/default.yaml': 'spam: { junk: 4 }\nenforce: { size: { max: 5MB } }\n',
      'rules/example.org/_domain.yaml': 'spam: { discard: 20 }\n',
      'rules/example.org/_eve.yaml': 'for: [eve@example.org]\nspam: { reject: 9 }\nsize: { max: 6MB }\n',
      'rules/example.org/eve.yaml':
        'spam: { junk: 10 }\nsenders: { text: No }\nrules: [{ until: 2001-01-01, then: junk }]\nsize: { max: 6MB }\n',
      'rules/example.org/fay.yaml': 'spam: { junk: 10 }\nsenders: { text: No }\n',
    })
    const file = 'rules/example.org/eve.yaml'
    assert.deepEqual(places({ files: [file] }), [
      `${file}:1:15 never`,
      `${file}:2:18 no-effect`,
      `${file}:3:18 expired`,
      `${file}:4:14 never`,
    ])
    assert.deepEqual(places({ files: ['rules/example.org/fay.yaml'] }), ['rules/example.org/fay.yaml:2:18 no-effect'])
    assert.deepEqual(places({ files: ['rules/example.org/_eve.yaml'] }), ['rules/example.org/_eve.yaml:3:14 never'])
    assert.match(told({ files: [file] }), /\n {4}\| +\^\^ see rules\/example\.org\/_eve\.yaml:2\n/)
  })

  it('finds a file by whatever links lead to it', () => {
    symlinkSync(join(folder, 'rules'), join(folder, 'link'))
    assert.deepEqual(places({ files: ['link/example.org/bob.yaml'] }), ['rules/example.org/bob.yaml:4:20 comment'])
  })

  it('refuses what is none of the files', () => {
    for (const file of ['rules/example.org/none.yaml', 'other.yaml', 'rules'])
      assert.deepEqual(places({ files: [file] }), [`${file}:0:0 name`])
    assert.equal(run({ files: ['other.yaml'] }).exitCode, 1)
  })
})
