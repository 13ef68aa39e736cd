/** What a policy asks for, and which header fields it may write. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dayOf } from '../../../src/decide/facts.ts'
import { ownFields, policyOf } from '../../../src/decide/policy-of.ts'
import type { Abilities, Policy } from '../../../src/decide/policy.ts'
import { Source } from '../../../src/decide/problem.ts'
import { readPolicyFile } from '../../../src/decide/read/policy-file.ts'
import { nothingWanted, omittable, type Wants } from '../../../src/decide/wants.ts'
import { noAbilities } from '../../support/abilities.ts'

function policyIn(text: string, abilities: Abilities = noAbilities): Policy {
  const { settings, findings } = readPolicyFile(new Source('f', text), 'domain', '+')
  assert.equal(findings.broken, false)
  return policyOf(settings, '+', abilities)
}

describe('the fields that a policy may write', () => {
  it('are those of its rules and of the gate itself', () => {
    const text = 'rules: [{ headers: { X-B: 1, x-a: 1 } }, { headers: { X-A: 2 }, then: deliver }]'
    assert.deepEqual(omittable(policyIn(text)), ['x-a', 'x-b', 'x-lmtp-gate', 'x-spam-flag'])
  })

  it('of the gate itself are those of the scanners that it has', () => {
    assert.deepEqual(ownFields({ spam: true, virus: false, proof: true }), [
      'x-spam-flag',
      'x-lmtp-gate',
      'x-spam-score',
      'x-spam-status',
    ])
    assert.deepEqual(ownFields({ spam: false, virus: true, proof: false }), [
      'x-spam-flag',
      'x-lmtp-gate',
      'x-virus-status',
    ])
  })
})

const able: Abilities = { spam: true, virus: true, proof: true }
/** Spam and viruses are looked for unless they are `off`. */
const cases: readonly (readonly [string, Partial<Wants>, Abilities?])[] = [
  ['', { virus: true, profile: '' }],
  ['', {}, noAbilities],
  ['spam: off, virus: off', {}],
  [
    'spam: off, virus: off, enforce: { spam: { discard: 25 }, virus: { action: discard } }',
    { profile: '', virus: true },
  ],
  ['spam: off, virus: off, enforce: { spam: {}, virus: {} }', {}],
  ['spam: { junk: 4 }, virus: { action: discard }', {}, noAbilities],
  ['spam: { profile: strict }, virus: off', { profile: 'strict' }],
  ['spam: off, virus: { down: { defer: 1m, then: junk } }', { virus: true, received: true }],
  ['spam: { down: { defer: 1m, then: junk } }, virus: off', { profile: '', received: true }],
  ['attachments: {}', {}, noAbilities],
  ['attachments: { allow: "*.a", action: discard }', {}, noAbilities],
  ['attachments: { block: "*.a" }', { structure: true }, noAbilities],
  ['attachments: { encrypted: junk }', { structure: true }, noAbilities],
  ['attachments: { ambiguous: junk }', { structure: true }, noAbilities],
  ['attachments: { unreadable: junk }', { structure: true }, noAbilities],
  ['attachments: off, enforce: { attachments: { block: "*.a" } }', { structure: true }, noAbilities],
  ['senders: { block: [] }', {}, noAbilities],
  ['senders: { block: "<>" }', {}, noAbilities],
  ['senders: { block: a.example }', { from: true }, noAbilities],
  ['senders: { allow: a.example }', { from: true }, noAbilities],
  ['enforce: { senders: { block: a.example } }', { from: true }, noAbilities],
  ['spam: off, virus: off, senders: { block: a.example }', { from: true }],
  ['spam: off, virus: off, senders: { allow: a.example }', { from: true, auth: true }],
  ['spam: off, virus: off, senders: { block: a.example, action: reject }', { from: true, auth: true }],
  ['spam: off, virus: off, rules: [{ then: reject }]', {}],
  ['spam: off, virus: off, rules: [{ when: { size: { min: 1 } }, then: reject }]', { auth: true }],
  ['spam: off, virus: off, rules: [{ when: { size: { min: 1 } }, then: junk }, { then: reject }]', { auth: true }],
  ['spam: off, virus: off, rules: [{ then: reject }, { when: { size: { min: 1 } }, then: junk }]', {}],
  ['spam: off, virus: off, bounce_guard: off, rules: [{ when: { size: { min: 1 } }, then: reject }]', {}],
  ['spam: off, virus: off, at_worst: reject, rules: [{ when: { size: { min: 1 } }, then: discard }]', { auth: true }],
  ['spam: { reject: 9 }, virus: off', { auth: true, profile: '' }],
  ['spam: { down: reject }, virus: off', { auth: true, profile: '' }],
  ['spam: off, virus: { action: reject }', { auth: true, virus: true }],
  ['spam: off, virus: off, attachments: { encrypted: reject }', { auth: true, structure: true }],
  [`spam: off, virus: off, rules: [{ when: { from: a.example }, then: junk }]`, { from: true }],
  [`spam: off, virus: off, rules: [{ unless: { to: a.example }, then: junk }]`, { to: true }],
  [`spam: off, virus: off, rules: [{ when: { from_name: A }, folder: F }]`, { fromNames: true }],
  [
    `spam: off, virus: off, rules: [{ when: [{ subject: A, header: { X-B: c } }, { list: true }], then: junk }]`,
    { fields: ['list-id', 'list-post', 'list-unsubscribe', 'precedence', 'subject', 'x-b'] },
  ],
  [`spam: off, virus: off, rules: [{ when: { proven: true }, then: junk }]`, { from: true, auth: true }],
  [`rules: [{ when: { proven: true }, then: junk }]`, { from: true }, noAbilities],
  [`spam: off, virus: off, rules: [{ when: { auth: { spf: fail } }, then: junk }]`, { auth: true }],
  [`spam: off, virus: off, rules: [{ when: { attachment: "*.a" }, then: junk }]`, { structure: true }],
  [`spam: off, virus: off, rules: [{ when: { attachment_count: { min: 3 } }, then: junk }]`, { structure: true }],
  [`spam: off, virus: off, rules: [{ when: { ambiguous: true }, then: junk }]`, { structure: true }],
  [`rules: [{ when: { not_scanned: attachments }, then: junk }]`, { structure: true }, noAbilities],
  [`attachments: off, rules: [{ when: { attachment: "*.a" }, then: junk }]`, {}, noAbilities],
  [`spam: off, virus: off, rules: [{ when: { score: { min: 1 }, symbol: A, virus: B }, then: junk }]`, {}],
  [`spam: off, virus: off, enforce: { rules: [{ when: { score: { min: 1 } }, then: junk }] }`, { profile: '' }],
  [`spam: off, virus: off, enforce: { rules: [{ unless: { symbol: A }, then: junk }] }`, { profile: '' }],
  [`spam: off, virus: off, enforce: { rules: [{ when: { virus: A }, then: junk }] }`, { virus: true }],
  [
    `spam: off, virus: off, enforce: { rules: [{ when: { not_scanned: [spam, virus] }, then: junk }] }`,
    { profile: '', virus: true },
  ],
  ['shadow: true, spam: off, virus: off, senders: { block: a.example }', { from: true }],
  ['shadow: true, spam: { profile: strict, junk: 4 }, virus: off', { profile: 'strict' }],
  ['spam: off, virus: off, rules: [{ when: { to: a.example }, then: junk, shadow: true }]', { to: true }],
  ['spam: off, virus: off, enforce: { rules: [{ when: { virus: A }, then: junk, shadow: true }] }', { virus: true }],
]

describe('what a policy asks for', () => {
  for (const [text, expected, abilities = able] of cases)
    it(`is ${JSON.stringify(expected)} for ${text || 'nothing said'} where ${abilities.spam ? 'all' : 'nothing'} is configured`, () =>
      assert.deepEqual(policyIn(text === '' ? '' : `{ ${text} }`, abilities).wants, { ...nothingWanted, ...expected }))
})

describe('dayOf', () => {
  it("is the server's day", () => {
    assert.equal(dayOf(new Date(2027, 0, 5, 0, 0, 0)), '2027-01-05')
    assert.equal(dayOf(new Date(2027, 11, 31, 23, 59, 59)), '2027-12-31')
  })
})
