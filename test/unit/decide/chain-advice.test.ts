/** Warnings about what a file says in vain, seen what the files behind it say. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Source } from '../../../src/decide/problem.ts'
import { adviseChain } from '../../../src/decide/read/chain-advice.ts'
import { readPolicyFile } from '../../../src/decide/read/policy-file.ts'

/** What a person's file says, what the domain's says, and what is warned of: `code: the characters under the caret | mend`. */
const cases: readonly (readonly [string, string, string])[] = [
  // Thresholds
  ['spam: { junk: 10 }', 'spam: { discard: 10 }', 'never: 10 | see far:1'],
  ['spam: { junk: 9.9 }', 'spam: { discard: 10 }', ''],
  ['spam: { junk: 10, discard: 20 }', 'spam: { discard: 10 }', ''],
  ['spam: { junk: 10, discard: never }', 'spam: { discard: 10 }', ''],
  ['spam: { junk: never }', 'spam: { discard: 10 }', ''],
  ['spam: { discard: 5 }', 'spam: { junk: 6, reject: 4 }', ''],
  ['spam: { junk: 10 }', 'spam: { junk: 4, discard: never }', ''],
  ['spam: { junk: 10, quarantine: 12 }', 'spam: { reject: 11 }', 'never: 12 | see far:1'],
  ['spam: { junk: 10 }', 'spam: { reject: 8, discard: 9 }', 'never: 10 | see far:1'],
  ['spam: { junk: 30 }', 'enforce: { spam: { discard: 25 } }', 'never: 30 | see far:1'],
  ['spam: { junk: 30, discard: 40 }', 'enforce: { spam: { discard: 25 } }', 'never: 30 | see far:1'],
  ['spam: { junk: 20 }', 'enforce: { spam: { discard: 25 } }', ''],
  ['spam: off', 'spam: { discard: 10 }', ''],
  // Sizes
  ['size: { max: 51MB }', 'enforce: { size: { max: 50MB } }', 'never: 51MB | see far:1'],
  ['size: { max: 50MB }', 'enforce: { size: { max: 50MB } }', ''],
  ['size: { max: 51MB }', 'size: { max: 50MB }', ''],
  ['size: off', 'enforce: { size: { max: 50MB } }', ''],
  ['size: { max: 51MB }\nenforce: { size: { max: 50MB } }', '', 'never: 51MB | see near:2'],
  // Viruses
  ['virus: { action: junk }', 'enforce: { virus: { action: discard } }', 'never: junk | see far:1'],
  ['virus: { action: deliver }', 'enforce: { virus: { down: deliver } }', 'never: deliver | see far:1'],
  ['virus: { action: reject }', 'enforce: { virus: { action: quarantine } }', ''],
  ['virus: { action: deliver }', 'enforce: { virus: {} }', ''],
  ['virus: { ignore: [A, "B.*"] }', 'enforce: { virus: { ignore: [a] } }', 'never: "B.*" | see far:1'],
  ['virus: { ignore: A }', 'enforce: { virus: { ignore: A } }', ''],
  ['virus: { ignore: A, action: discard }', 'enforce: { virus: { action: quarantine } }', ''],
  ['virus: { ignore: A }', 'virus: { action: discard }\nenforce: { virus: { action: quarantine } }', ''],
  [
    'virus: { down: { defer: 1h, then: deliver } }',
    'enforce: { virus: { action: junk } }',
    'never: { defer: 1h, then: deliver } | see far:1',
  ],
  ['virus: { down: discard }', 'enforce: { virus: { action: junk } }', ''],
  ['virus: { down: deliver }', 'enforce: { virus: { down: deliver } }', ''],
  ['virus: off', 'enforce: { virus: { action: junk } }', ''],
  ['virus: { ignore: A }\nenforce: { virus: { action: quarantine } }', '', 'never: A | see near:2'],
  // Texts
  ['senders: { text: No }', '', 'no-effect: No | write action: reject, or leave it out'],
  ['senders: { text: No }', 'senders: { action: reject }', ''],
  ['senders: { text: No }', 'senders: { action: discard }', 'no-effect: No | write action: reject, or leave it out'],
  ['senders: { action: reject, text: No }', 'senders: { action: junk }', ''],
  ['attachments: { text: No }', 'attachments: { action: defer }', ''],
  ['attachments: { text: No }', '', 'no-effect: No | write action: reject, or leave it out'],
  ['virus: { text: No }', 'virus: { action: reject }', ''],
  ['virus: { text: No }', 'virus: { down: defer }', 'no-effect: No | write action: reject, or leave it out'],
  ['spam: { text: No }', 'spam: { reject: 9 }', ''],
  ['spam: { text: No, reject: 9 }', '', ''],
  ['spam: { text: No }', 'spam: { discard: 9 }', 'no-effect: No | set reject, or leave it out'],
  ['spam: { text: No, reject: never }', 'spam: { reject: 9 }', 'no-effect: No | set reject, or leave it out'],
  ['size: { text: No }', '', ''],
]

describe('advice on a chain of files', () => {
  for (const [near, far, expected] of cases)
    it(`on ${near} before ${far || 'nothing'}: ${expected || 'none'}`, () => {
      assert.equal(adviceOn(near, far, true), expected)
    })

  it('leaves texts alone that a nearer file may need', () => {
    assert.equal(adviceOn('senders: { text: No }\nspam: { text: No }', '', false), '')
    assert.equal(adviceOn('spam: { junk: 10 }', 'spam: { discard: 10 }', false), 'never: 10 | see far:1')
  })
})

function adviceOn(near: string, far: string, isNearest: boolean): string {
  const file = readPolicyFile(new Source('near', near), 'domain', '+')
  adviseChain(file, readPolicyFile(new Source('far', far), 'domain', '+').settings, isNearest)
  const found = file.findings.problems.map(({ severity, code, excerpt = '', column, length, mend = '' }) => {
    assert.equal(severity, 'warning')
    return `${code}: ${excerpt.slice(column - 1, column - 1 + length)} | ${mend}`
  })
  return found.join(', ')
}
