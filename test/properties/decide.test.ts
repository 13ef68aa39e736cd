/** What holds for every policy and every message: early verdict = late verdict; merging is associative; `enforce` is never milder. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { decide } from '../../src/decide/decide.ts'
import { known, pending, type Facts, type PolicyAddress } from '../../src/decide/facts.ts'
import { Source } from '../../src/decide/problem.ts'
import { readPolicyFile } from '../../src/decide/read/policy-file.ts'
import { shadowedBy } from '../../src/decide/read/shadow.ts'
import { merge, policyOf, saysNothing, type Policy, type Settings } from '../../src/decide/settings.ts'
import { askRules } from '../../src/decide/steps/rules.ts'
import { isKept, isSeverer } from '../../src/decide/steps/temper.ts'

const address = fc.record({ local: fc.constantFrom('a', 'b', 'a+s', ''), domain: fc.constantFrom('x', 'y.x', 'z', '') })
const pattern = fc.constantFrom('x', 'z', '*', 'a@x', '*@x', '?@z', '*.x', '<>', 'a@*', 'b@y.x')
const action = fc.constantFrom('deliver', 'junk', 'quarantine', 'discard', 'reject', 'defer')
const size = fc.integer({ min: 0, max: 6 }).map(String)

/** Some of the keys. Numbers and texts alike become texts when they are read. */
function some<T>(keys: { [P in keyof T]: fc.Arbitrary<T[P]> }): fc.Arbitrary<Partial<T>> {
  return fc.record<Record<string, unknown>>(keys, {
    requiredKeys: [],
  }) as fc.Arbitrary<Partial<T>>
}

const range = fc.oneof(
  size.map(min => ({ min })),
  size.map(max => ({ max })),
)
const condition = fc.oneof(
  fc.record({ sender: pattern }),
  fc.record({ detail: fc.constantFrom('s', '*') }),
  fc.record({ client: fc.constantFrom('10.0.0.0/8', '::/0') }),
  fc.record({ size: range }),
  fc.record({ sender: pattern, size: range }),
)
const cases = fc.array(condition, { minLength: 1, maxLength: 2 })
const effects = { when: cases, unless: cases, until: fc.constantFrom('2026-11-21', '2026-11-22') }
const edits = {
  folder: fc.constantFrom('F', 'G', 'INBOX'),
  headers: fc.constantFrom({ 'X-A': '1' }, { 'X-A': '2', 'X-B': '3' }),
}
const deciding = fc.tuple(some({ ...effects }), action).map(([rule, then]) => ({ ...rule, then }))
const rule = fc.oneof(
  deciding,
  fc.tuple(some({ ...effects, ...edits }), action).map(([one, then]) => ({ ...one, then })),
  fc.tuple(some({ ...effects, ...edits }), edits.folder).map(([one, folder]) => ({ ...one, folder })),
)
const patterns = fc.array(pattern, { maxLength: 2 })
const asked = {
  size: some({ max: size, text: fc.constant('No') }),
  senders: some({
    allow: patterns,
    block: patterns,
    action,
    text: fc.constantFrom('4.1.1 Later', '5.1.1 Never', 'No'),
  }).map(({ text, ...senders }) =>
    senders.action === 'reject' || senders.action === undefined
      ? { ...senders, ...(text === undefined ? {} : { text: text.replace('4', '5') }) }
      : senders,
  ),
  at_worst: fc.constantFrom('deliver', 'junk', 'quarantine', 'reject'),
}
const enforce = some({ ...asked, rules: fc.array(deciding, { maxLength: 2 }) })
const file = some({
  ...asked,
  size: fc.oneof(asked.size, fc.constant('off')),
  senders: fc.oneof(asked.senders, fc.constant('off')),
  rules: fc.array(rule, { maxLength: 3 }),
  junk_folder: fc.constantFrom('Spam', 'INBOX'),
  bounce_guard: fc.constantFrom('quarantine', 'discard', 'off'),
  enforce,
})

/** JSON is YAML. */
function read(content: object, name = 'file'): Settings {
  const { settings, findings } = readPolicyFile(new Source(name, JSON.stringify(content)), 'domain', '+')
  assert.deepEqual(
    findings.problems.filter(({ severity }) => severity === 'error'),
    [],
  )
  return settings
}

function policyIn(files: readonly object[]): Policy {
  const settings = files.map((content, i) => read(content, `file ${i}`))
  return policyOf(
    settings.reduceRight((farther, nearer) => merge(nearer, farther), saysNothing),
    '+',
  )
}

const sender = fc.option(address, { nil: undefined })
const facts: fc.Arbitrary<Facts> = fc.record({
  sender,
  client: fc.constantFrom(undefined, '10.1.1.1', '192.0.2.1', '::1'),
  recipient: address,
  original: sender,
  today: fc.constant('2026-11-22'),
  declaredSize: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }),
  size: fc.integer({ min: 0, max: 6 }).map(known),
  from: fc.array(address, { maxLength: 2 }).map(list => known<readonly PolicyAddress[]>(list)),
})

describe('decide', () => {
  it('gives the same verdict early and late, and late always one', () => {
    let early = 0
    fc.assert(
      fc.property(fc.array(file, { maxLength: 3 }), facts, fc.boolean(), fc.boolean(), (files, late, size, from) => {
        const policy = policyIn(files)
        const last = decide(late, policy)
        assert.ok(last)
        const first = decide(
          { ...late, ...(size ? { size: pending } : {}), ...(from ? { from: pending } : {}) },
          policy,
        )
        if (first !== undefined) assert.deepEqual(first, last)
        if (first !== undefined && (size || from)) early += 1
      }),
      { numRuns: 1500 },
    )
    assert.ok(early > 150, `early verdicts were ${early}: too few to show anything`)
  })

  it('is never milder with enforce than without, unless enforce caps', () => {
    let turned = 0
    fc.assert(
      fc.property(fc.array(file, { minLength: 1, maxLength: 3 }), facts, (files, late) => {
        const policy = policyIn(files.map(withoutCap))
        const enforced = decide(late, policy)
        const free = decide(late, { ...policy, enforce: [] })
        assert.ok(enforced && free)
        if (isKept(free.action))
          assert.ok(!isSeverer(free.action, enforced.action), `${free.action} became ${enforced.action}`)
        else assert.ok(!isKept(enforced.action), `${free.action} became ${enforced.action}`)
        if (free.action !== enforced.action) turned += 1
      }),
      { numRuns: 1200 },
    )
    assert.ok(turned > 40, `enforce changed ${turned} verdicts: too few to show anything`)
  })

  it('gives codes whose class is that of the action, and edits only to what is delivered', () => {
    fc.assert(
      fc.property(fc.array(file, { maxLength: 3 }), facts, (files, late) => {
        const verdict = decide(late, policyIn(files))
        assert.ok(verdict)
        const { action, code, edits } = verdict
        const first = action === 'reject' ? '5' : action === 'defer' ? '4' : undefined
        assert.equal(code === undefined ? undefined : String(code.code).charAt(0), first)
        assert.equal(code?.enhanced.charAt(0), first)
        if (action !== 'deliver' && action !== 'junk')
          assert.deepEqual(edits, { headers: [], omit: [], folder: undefined })
        for (const { name } of edits.headers)
          assert.ok(edits.omit.includes(name.toLowerCase()), `${name} is written but not left out`)
      }),
      { numRuns: 1500 },
    )
  })
})

describe('a shadowed rule', () => {
  it('never decides', () => {
    let shadowed = 0
    fc.assert(
      fc.property(
        fc.array(rule, { minLength: 2, maxLength: 4 }),
        fc.array(facts, { minLength: 5, maxLength: 5 }),
        (content, some) => {
          const { rules } = read({ rules: content })
          for (const [i, one] of rules.entries()) {
            if (shadowedBy(one, rules.slice(0, i)) === undefined) continue
            shadowed += 1
            for (const late of some) assert.notEqual(askRules(late, rules, '+')?.decided, one)
          }
        },
      ),
      { numRuns: 1500 },
    )
    assert.ok(shadowed > 30, `${shadowed} rules were shadowed: too few to show anything`)
  })
})

describe('merge', () => {
  it('is associative, and saying nothing changes nothing', () => {
    fc.assert(
      fc.property(file, file, file, (near, middle, far) => {
        const [a, b, c] = [read(near, 'a'), read(middle, 'b'), read(far, 'c')]
        assert.deepEqual(merge(merge(a, b), c), merge(a, merge(b, c)))
        assert.deepEqual(merge(a, saysNothing), a)
        assert.deepEqual(merge(saysNothing, a), a)
      }),
      { numRuns: 500 },
    )
  })
})

function withoutCap(content: { readonly enforce?: { readonly at_worst?: string } }): object {
  if (content.enforce === undefined) return content
  const kept = Object.entries(content.enforce).filter(([key]) => key !== 'at_worst')
  return { ...content, enforce: Object.fromEntries(kept) }
}
