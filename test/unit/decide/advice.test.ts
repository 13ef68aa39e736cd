/** Warnings: what is right by the letter, but hardly meant so. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Source } from '../../../src/decide/problem.ts'
import { adviseFile, type AdviceContext } from '../../../src/decide/read/advice.ts'
import { readPolicyFile } from '../../../src/decide/read/policy-file.ts'
import { noAbilities } from '../../support/abilities.ts'
import { loadRules } from '../../support/live-rules.ts'
import { rulesTree } from '../../support/rules-tree.ts'

const usual: AdviceContext = {
  guard: 'quarantine',
  today: '2026-11-22',
  messageLimit: 100 * 1024 ** 2,
  abilities: { spam: true, virus: true, proof: false },
}

const noScanners: Partial<AdviceContext> = { abilities: noAbilities }
const proving: Partial<AdviceContext> = { abilities: { spam: true, virus: true, proof: true } }

/** What is warned of, as `code: the characters under the caret`. */
const cases: readonly (readonly [string, string, Partial<AdviceContext>?])[] = [
  ['size: { max: 200MB }', 'never: 200MB'],
  ['size: { max: 100MB }', ''],
  ['senders: { allow: a.example }', 'forgeable: a.example'],
  ['senders: { allow: [] }', ''],
  ['senders: { block: a.example }', ''],
  ['senders: { block: [a.example, "<>"] }', 'null-sender: "<>"'],
  ['senders: { block: a.example, action: reject }', 'guarded: reject'],
  ['senders: { block: a.example, action: reject }', '', { guard: 'off' }],
  ['rules: [{ when: { sender: a.example }, then: reject }]', 'guarded: reject'],
  ['rules: [{ when: { sender: a.example }, then: reject }]', '', { guard: 'off' }],
  ['rules: [{ unless: { client: 10.0.0.0/8 }, then: reject }]', 'guarded: reject'],
  ['rules: [{ when: { detail: a }, then: reject }]', ''],
  ['rules: [{ then: reject }]', ''],
  ['rules: [{ when: { sender: "<>" }, then: discard }]', 'null-sender: discard'],
  ['rules: [{ when: { sender: "<>" }, then: junk }]', ''],
  ['rules: [{ when: { sender: "<>", detail: shop }, then: discard }]', ''],
  ['rules: [{ when: [{ sender: "<>" }, { detail: a }], then: discard }]', 'null-sender: discard'],
  ['senders: { allow: [A.example, b.example], block: [c.example, a.example] }', 'never: A.example', proving],
  ['senders: { allow: anna@a.example, block: a.example }', '', proving],
  ['attachments: { block: ["*.exe", "*"], allow: ["*.pdf", "*.EXE"] }', 'never: "*.EXE"'],
  ['rules: [{ when: { sender: a.example }, then: deliver }]', 'forgeable: deliver'],
  ['rules: [{ when: { sender: a.example, client: 10.0.0.0/8 }, then: deliver }]', ''],
  ['rules: [{ when: [{ client: 10.0.0.0/8 }, { sender: a.example }], then: deliver }]', 'forgeable: deliver'],
  ['rules: [{ when: { sender: a.example }, folder: A }]', ''],
  ['rules: [{ until: 2026-11-21, then: junk }]', 'expired: 2026-11-21'],
  ['rules: [{ until: 2026-11-22, then: junk }]', ''],
  ['rules: [{ then: defer }]', 'defer: defer'],
  ['rules: [{ then: defer, until: 2026-12-01 }]', ''],
  ['rules: [{ when: { detail: a }, then: defer }]', ''],
  // Shadowed
  [
    'rules: [{ then: junk }, { name: b, when: { detail: a }, then: discard }]',
    'never: { name: b, when: { detail: a }, then: discard }',
  ],
  ['rules: [{ then: junk, until: 2026-12-01 }, { when: { detail: a }, then: discard }]', ''],
  [
    'rules: [{ then: junk, until: 2026-12-01 }, { until: 2026-11-30, then: discard }]',
    'never: { until: 2026-11-30, then: discard }',
  ],
  ['rules: [{ folder: A }, { then: junk }]', ''],
  ['rules: [{ then: junk }, { folder: A }]', ''],
  [
    'rules: [{ when: { detail: [a, B] }, then: junk }, { when: { detail: b, size: { min: 1 } }, then: discard }]',
    'never: { when: { detail: b, size: { min: 1 } }, then: discard }',
  ],
  ['rules: [{ when: { detail: b, size: { min: 1 } }, then: junk }, { when: { detail: b }, then: discard }]', ''],
  ['rules: [{ when: { detail: a }, then: junk }, { when: { detail: [a, b] }, then: discard }]', ''],
  [
    'rules: [{ when: { detail: a }, unless: { size: { max: 9 } }, then: junk }, { when: { detail: a }, then: discard }]',
    '',
  ],
  [
    'rules: [{ unless: { detail: a }, then: junk }, { when: { size: { max: 5 } }, unless: { detail: [a, b] }, then: discard }]',
    'never: { when: { size: { max: 5 } }, unless: { detail: [a, b] }, then: discard }',
  ],
  ['rules: [{ unless: { detail: [a, b] }, then: junk }, { unless: { detail: a }, then: discard }]', ''],
  [
    'rules: [{ when: [{ detail: a }, { size: { min: 5 } }], then: junk }, { when: { size: { min: 6, max: 9 } }, then: discard }]',
    'never: { when: { size: { min: 6, max: 9 } }, then: discard }',
  ],
  ['rules: [{ when: { size: { min: 6 } }, then: junk }, { when: { size: { min: 5 } }, then: discard }]', ''],
  ['rules: [{ when: { detail: a }, then: junk }, { when: [{ detail: a }, { detail: b }], then: discard }]', ''],
  [
    'rules: [{ when: { detail: a, size: { max: 5 } }, unless: { detail: [A, b] }, then: junk }]',
    'never: { when: { detail: a, size: { max: 5 } }, unless: { detail: [A, b] }, then: junk }',
  ],
  ['rules: [{ when: { detail: [a, b] }, unless: { detail: a }, folder: A }]', ''],
  ['rules: [{ when: [{ detail: a }, { detail: b }], unless: { detail: a }, folder: A }]', ''],
  ['rules: [{ unless: { detail: a }, folder: A }]', ''],
  // Conditions on header and content
  ['rules: [{ when: { subject: x }, then: deliver }]', 'forgeable: deliver'],
  ['rules: [{ when: { from: a.example }, then: deliver }]', 'forgeable: deliver'],
  ['rules: [{ when: { header: { X-A: b } }, then: deliver }]', 'forgeable: deliver'],
  ['rules: [{ when: { list: true }, folder: A }]', ''],
  ['rules: [{ when: { attachment: "*.ics" }, then: deliver }]', 'forgeable: deliver'],
  ['rules: [{ when: { from: a.example, proven: true }, then: deliver }]', '', proving],
  ['rules: [{ when: { from: a.example, auth: { dmarc: pass } }, then: deliver }]', '', proving],
  [
    'rules: [{ when: { from: a.example, auth: { dmarc: [pass, none] } }, then: deliver }]',
    'forgeable: deliver',
    proving,
  ],
  ['rules: [{ when: { from: a.example, proven: false }, then: deliver }]', 'forgeable: deliver', proving],
  ['rules: [{ when: { sender: a.example, auth: { spf: pass } }, then: deliver }]', '', proving],
  ['rules: [{ when: { sender: a.example, proven: true }, then: deliver }]', 'forgeable: deliver', proving],
  ['rules: [{ when: { subject: x, proven: true }, then: deliver }]', 'forgeable: deliver', proving],
  ['rules: [{ when: { subject: x, score: { max: 3 } }, then: deliver }]', ''],
  ['rules: [{ when: { recipient: a.example, size: { min: 5 } }, then: deliver }]', ''],
  [
    'rules: [{ when: { score: { min: 3 } }, then: junk }]',
    'not-configured: { when: { score: { min: 3 } }, then: junk }',
    noScanners,
  ],
  [
    'rules: [{ unless: { symbol: A }, then: junk }]',
    'not-configured: { unless: { symbol: A }, then: junk }',
    noScanners,
  ],
  ['rules: [{ when: { virus: A }, then: junk }]', 'not-configured: { when: { virus: A }, then: junk }', noScanners],
  ['rules: [{ when: { proven: true }, then: junk }]', 'not-configured: { when: { proven: true }, then: junk }'],
  [
    'rules: [{ when: { auth: { spf: fail } }, then: junk }]',
    'not-configured: { when: { auth: { spf: fail } }, then: junk }',
  ],
  ['rules: [{ when: { auth: { spf: fail }, score: { min: 3 } }, then: junk }]', '', proving],
  ['rules: [{ when: { not_scanned: attachments }, then: junk }]', '', noScanners],
  [
    'rules: [{ when: { not_scanned: virus }, then: junk }]',
    'not-configured: { when: { not_scanned: virus }, then: junk }',
    noScanners,
  ],
  ['rules: [{ when: { not_scanned: virus }, then: defer }]', 'defer: defer'],
  ['rules: [{ when: { not_scanned: virus }, then: defer, until: 2026-12-01 }]', ''],
  [
    'rules: [{ when: { score: { min: 0, max: 5 } }, then: junk }, { when: { score: { max: 5 } }, then: quarantine }]',
    '',
  ],
  // Content
  ['spam: { junk: 6 }', 'not-configured: { junk: 6 }', noScanners],
  ['spam: off', '', noScanners],
  ['virus: { action: discard }', 'not-configured: { action: discard }', noScanners],
  ['attachments: { block: "*.exe" }', '', noScanners],
  ['spam: { junk: 6, quarantine: 8, discard: 20 }', ''],
  ['spam: { junk: 6, quarantine: 6 }', 'never: 6'],
  ['spam: { junk: 6, discard: 5 }', 'never: 6'],
  ['spam: { junk: never, quarantine: 7, discard: 5 }', 'never: 7'],
  ['spam: { junk: 6, discard: never }', ''],
  ['spam: { reject: 6 }', 'guarded: 6'],
  ['spam: { reject: never }', ''],
  ['spam: { reject: 6 }', '', { guard: 'off' }],
  ['spam: { reject: 6 }', '', proving],
  ['spam: { down: { defer: 1m, then: reject } }', 'guarded: { defer: 1m, then: reject }'],
  ['spam: { unscannable: reject }', 'guarded: reject'],
  ['virus: { action: reject }', 'guarded: reject'],
  ['attachments: { action: reject, encrypted: reject }', 'guarded: reject, guarded: reject'],
  ['senders: { allow: a.example }', '', proving],
  ['senders: { allow: "<>" }', 'never: "<>"', proving],
  ['senders: { block: a.example, action: reject }', '', proving],
  ['enforce: { spam: { junk: 9, discard: 9 } }', 'never: 9'],
  ['enforce: { virus: { action: discard } }', 'not-configured: { action: discard }', noScanners],
  // In enforce too
  [
    'enforce: { rules: [{ when: { sender: a.example }, then: reject }], senders: { allow: a.example } }',
    'guarded: reject, forgeable: a.example',
  ],
]

describe('advice', () => {
  for (const [text, expected, context] of cases)
    it(`on ${text.slice(0, 90)} with guard ${context?.guard ?? usual.guard}: ${expected || 'none'}`, () => {
      const file = readPolicyFile(new Source('f', text), 'domain', '+')
      assert.equal(file.findings.problems.length, 0)
      adviseFile(file, { ...usual, ...context })
      const found = file.findings.problems.map(({ severity, code, excerpt = '', column, length }) => {
        assert.equal(severity, 'warning')
        return `${code}: ${excerpt.slice(column - 1, column - 1 + length)}`
      })
      assert.equal(found.join(', '), expected)
    })

  it('on groups tells where two say different things about one member', () => {
    const rules = loadRules(
      rulesTree({
        'a.example/_art.yaml':
          'for: [x@a.example]\nat_worst: junk\nsize: { max: 1K }\nvirus: { down: { defer: 1m, then: junk } }',
        'a.example/_design.yaml':
          'for: [y@a.example, x@a.example]\nat_worst: deliver\nsize: { max: 1K }\nvirus: { down: junk, ignore: [a] }\nquarantine: { keep: 1d }',
        'a.example/_other.yaml':
          'for: [y@a.example]\nat_worst: deliver\nquarantine: { keep: 1d }\nvirus: { ignore: [b] }',
        'a.example/_silent.yaml': 'for: [x@a.example, y@a.example]\nvirus: off\nsenders: off',
        'a.example/_thorough.yaml':
          'for: [x@a.example]\nsenders: { block: [long.example, longer.example, longest.example, more.example] }',
        '_top.yaml': 'for: [y@a.example]\njunk_folder: A\nat_worst: quarantine',
        '_up.yaml': 'for: [y@a.example]\njunk_folder: B',
      }),
      { abilities: usual.abilities },
    )
    const found = rules.warnings.map(
      ({ file, line, code, mend }) =>
        `${file.replace(/^.*\//, '')}:${line} ${code} ${mend?.replace(/^.*\//, '') ?? ''}`,
    )
    assert.deepEqual(found.sort(), [
      '_design.yaml:2 contradiction _art.yaml:2',
      '_design.yaml:4 contradiction _art.yaml:4',
      '_silent.yaml:2 contradiction _art.yaml:4',
      '_silent.yaml:2 contradiction _design.yaml:4',
      '_silent.yaml:2 contradiction _other.yaml:4',
      '_thorough.yaml:2 contradiction _silent.yaml:3',
      '_top.yaml:3 contradiction _design.yaml:2',
      '_top.yaml:3 contradiction _other.yaml:2',
      '_up.yaml:2 contradiction _top.yaml:2',
    ])
  })

  it('goes by the bounce guard of the domain, else of the site', () => {
    const rule = 'rules: [{ when: { sender: a.example }, then: reject }]'
    const rules = loadRules(
      rulesTree({
        'default.yaml': `bounce_guard: off\n${rule}`,
        'a.example/_domain.yaml': `bounce_guard: discard\n${rule}`,
        'b.example/_domain.yaml': rule,
      }),
      { abilities: usual.abilities },
    )
    assert.deepEqual(
      rules.warnings.map(({ file, code, mend }) => [file.replace(/^.*-rules-[^/]*\//, ''), code, mend]),
      [['a.example/_domain.yaml', 'guarded', 'write discard']],
    )
  })
})
