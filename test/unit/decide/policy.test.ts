/** What a policy asks for, and which header fields it may write. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { omittable, wants } from '../../../src/decide/decide.ts'
import { dayOf } from '../../../src/decide/facts.ts'
import { Source } from '../../../src/decide/problem.ts'
import { readPolicyFile } from '../../../src/decide/read/policy-file.ts'
import { policyOf, type Policy } from '../../../src/decide/settings.ts'

function policyIn(text: string): Policy {
  const { settings, findings } = readPolicyFile(new Source('f', text), 'domain', '+')
  assert.equal(findings.broken, false)
  return policyOf(settings, '+')
}

describe('the fields that a policy may write', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['', []],
    ['rules: [{ headers: { X-B: 1, x-a: 1 } }, { headers: { X-A: 2 }, then: deliver }]', ['x-a', 'x-b']],
    ['rules: [{ then: junk }]', ['x-spam-flag']],
    ['senders: { block: a.example }', ['x-spam-flag']],
    ['senders: { block: "<>" }', ['x-spam-flag']],
    ['senders: { block: a.example, action: discard }', []],
    ['senders: { allow: a.example }', []],
    ['at_worst: junk', ['x-spam-flag']],
    ['enforce: { rules: [{ then: junk }] }', ['x-spam-flag']],
    ['enforce: { at_worst: junk }', ['x-spam-flag']],
  ]
  for (const [text, expected] of cases)
    it(`are ${expected.join() || 'none'} for ${text || 'nothing'}`, () =>
      assert.deepEqual(omittable(policyIn(text)), expected))
})

describe('From addresses', () => {
  it('are asked for only where a list names somebody', () => {
    for (const [text, expected] of [
      ['', false],
      ['size: { max: 1 }', false],
      ['senders: { block: [] }', false],
      ['senders: { block: "<>" }', false],
      ['senders: { allow: a.example }', true],
      ['enforce: { senders: { block: a.example } }', true],
    ] as const)
      assert.equal(wants(policyIn(text)).from, expected, text)
  })
})

describe('dayOf', () => {
  it("is the server's day", () => {
    assert.equal(dayOf(new Date(2027, 0, 5, 0, 0, 0)), '2027-01-05')
    assert.equal(dayOf(new Date(2027, 11, 31, 23, 59, 59)), '2027-12-31')
  })
})
