/** What holds for every policy and every message: early verdict = late verdict; `enforce` is never milder; no virus gets by; nobody unproven is bounced to. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { decide, open } from '../../src/decide/decide.ts'
import { known, nothingLearned, pending, type Fact, type Evidence, type Facts } from '../../src/decide/facts.ts'
import { merge } from '../../src/decide/merge.ts'
import { policyOf } from '../../src/decide/policy-of.ts'
import type { Abilities, Policy } from '../../src/decide/policy.ts'
import { Source } from '../../src/decide/problem.ts'
import { readPolicyFile } from '../../src/decide/read/policy-file.ts'
import { shadowedBy } from '../../src/decide/read/shadow.ts'
import { saysNothing, type Settings } from '../../src/decide/settings.ts'
import { isKept, isSeverer } from '../../src/decide/severity.ts'
import { askRules } from '../../src/decide/steps/rules.ts'
import type { Note } from '../../src/decide/trace.ts'
import { decideAtRcpt, decideWithTrial } from '../../src/decide/trial.ts'

const address = fc.record({ local: fc.constantFrom('a', 'b', 'a+s', ''), domain: fc.constantFrom('x', 'y.x', 'z', '') })
const pattern = fc.constantFrom('x', 'z', '*', 'a@x', '*@x', '?@z', '*.x', '<>', 'a@*', 'b@y.x')
const action = fc.constantFrom('deliver', 'junk', 'quarantine', 'discard', 'reject', 'defer')
const lasting = fc.constantFrom('deliver', 'junk', 'quarantine', 'discard', 'reject')
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
const attachmentName = fc.constantFrom('*', '*.a', 'x.*', 'y')
const conditions = {
  sender: pattern,
  detail: fc.constantFrom('s', '*'),
  client: fc.constantFrom('10.0.0.0/8', '::/0'),
  recipient: pattern,
  size: range,
  from: pattern,
  to: pattern,
  from_name: fc.constantFrom('ann', 'Anna B*', '/b+$/'),
  subject: fc.constantFrom('b', 'A?b', '/^a/', '*'),
  header: fc.constantFrom({ 'X-A': '1' }, { 'x-b': '*', 'X-A': ['2', '/./'] }),
  list: fc.constantFrom('true', 'l.*'),
  proven: fc.constantFrom('true', 'false'),
  auth: fc.constantFrom({ spf: 'pass' }, { dkim: ['pass', 'fail'], dmarc: 'fail' }),
  attachment: fc.oneof(
    attachmentName,
    fc.constantFrom('text/*'),
    some({
      name: attachmentName,
      type: fc.constantFrom('text/a', 'image/*'),
      size: range,
      encrypted: fc.constantFrom('true', 'false'),
    }).filter(one => Object.keys(one).length > 0),
  ),
  attachment_count: range,
  ambiguous: fc.constantFrom('true', 'false'),
  score: range,
  symbol: fc.constantFrom('S', 't*'),
  virus: fc.constantFrom('A', '*', 'b?'),
  not_scanned: fc.constantFrom('virus', 'spam', 'attachments', ['virus', 'spam']),
}
const kinds = Object.keys(conditions) as (keyof typeof conditions)[]
/** One condition, or two of different kinds. */
const condition = fc
  .subarray(kinds, { minLength: 1, maxLength: 2 })
  .chain(picked => fc.record<Record<string, unknown>>(Object.fromEntries(picked.map(name => [name, conditions[name]]))))
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
const score = fc.oneof(fc.integer({ min: 0, max: 7 }).map(String), fc.constant('never'))
const outage = fc.oneof(action, fc.record({ defer: fc.constantFrom('1s', '3s'), then: lasting }))
const attachment = fc.constantFrom('*', '*.a', 'x.*', 'x.a', 'text/*', 'text/a', '*/*')
const enforcedSpam = {
  junk: score,
  quarantine: score,
  reject: score,
  discard: score,
  down: outage,
  unscannable: lasting,
}
const content = {
  attachments: some({
    block: fc.array(attachment, { maxLength: 2 }),
    allow: fc.array(attachment, { maxLength: 2 }),
    action,
    encrypted: action,
    ambiguous: action,
    unreadable: action,
  }),
  virus: some({ action, ignore: fc.constantFrom(['A'], ['*b']), down: outage, unscannable: lasting }),
}
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
const enforce = some({ ...asked, ...content, spam: some(enforcedSpam), rules: fc.array(deciding, { maxLength: 2 }) })
const off = fc.constant('off')
const file = some({
  ...asked,
  attachments: fc.oneof({ weight: 4, arbitrary: content.attachments }, off),
  spam: fc.oneof({ weight: 4, arbitrary: some({ ...enforcedSpam, profile: fc.constantFrom('p', 'q') }) }, off),
  virus: fc.oneof({ weight: 4, arbitrary: content.virus }, off),
  quarantine: some({ keep: fc.constantFrom('1d', '2d'), notice: fc.constantFrom('true', 'false') }),
  size: fc.oneof(asked.size, off),
  senders: fc.oneof(asked.senders, off),
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

function policyIn(files: readonly object[], site: Abilities): Policy {
  const settings = files.map((content, i) => read(content, `file ${i}`))
  return policyOf(
    settings.reduceRight((farther, nearer) => merge(nearer, farther), saysNothing),
    '+',
    site,
  )
}

const abilities: fc.Arbitrary<Abilities> = fc.record({ spam: fc.boolean(), virus: fc.boolean(), proof: fc.boolean() })

const sender = fc.option(address, { nil: undefined })

/** Known, or unknown for either reason. */
function settled<T>(value: fc.Arbitrary<T>): fc.Arbitrary<Fact<T>> {
  const why = fc.record({ kind: fc.constantFrom('down', 'unscannable'), words: fc.constant('because') })
  return fc.oneof(
    { weight: 4, arbitrary: value.map(known) },
    { weight: 1, arbitrary: why.map(reason => ({ state: 'unknown', why: reason }) as const) },
  )
}

const domain = fc.constantFrom('x', 'y.x', 'z', '')
const names = fc.array(fc.constantFrom('x.a', 'X.B', 'd/y.a', 'y'), { maxLength: 2 })
const structure = fc.record({
  attachments: fc.array(
    fc.record({
      names,
      inner: names,
      types: fc.array(fc.constantFrom('text/a', 'image/b'), { maxLength: 2 }),
      size: fc.integer({ min: 0, max: 6 }),
      encrypted: fc.boolean(),
    }),
    { maxLength: 2 },
  ),
  ambiguous: fc.constantFrom(undefined, undefined, 'so'),
  unreadable: fc.constantFrom(undefined, undefined, 'so'),
})
const now = 1_800_000_000_000
const facts: fc.Arbitrary<Facts> = fc.record({
  sender,
  client: fc.constantFrom(undefined, '10.1.1.1', '192.0.2.1', '::1'),
  recipient: address,
  original: sender,
  now: fc.constant(now),
  today: fc.constant('2026-11-22'),
  declaredSize: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }),
  size: fc.integer({ min: 0, max: 6 }).map(known),
  from: settled(fc.array(address, { maxLength: 2 })),
  fromNames: fc.subarray(['Anna', 'Anna Boss', 'abb']).map(known),
  to: fc.array(address, { maxLength: 2 }).map(known),
  fields: fc
    .record({
      subject: fc.subarray(['a b', 'Ab', 'ba']),
      'x-a': fc.subarray(['1', '2']),
      'x-b': fc.subarray(['', '3']),
      'list-id': fc.subarray(['L <l.x>', 'm.x']),
      'list-post': fc.subarray(['<mailto:l@x>']),
      'list-unsubscribe': fc.constant([]),
      precedence: fc.subarray(['bulk', 'first-class']),
    })
    .map(fields => known(Object.entries(fields).map(([name, texts]) => ({ name, texts })))),
  received: settled(fc.constantFrom(undefined, now, now - 2000, now - 5000, now + 5000)),
  auth: settled(
    fc.array(
      fc.record({
        method: fc.constantFrom('spf', 'dkim', 'dmarc'),
        result: fc.constantFrom('pass', 'pass', 'fail'),
        domain,
      }),
      { maxLength: 3 },
    ),
  ),
  spam: settled(fc.record({ score: fc.integer({ min: 0, max: 8 }), symbols: fc.subarray(['S', 'TT']) })),
  virus: settled(fc.record({ found: fc.subarray(['A', 'bb', 'C']) })),
  structure: settled(structure),
})

/** As the facts were before these came. */
function before(late: Facts, missing: readonly (keyof Evidence)[]): Facts {
  return { ...late, ...Object.fromEntries(missing.map(name => [name, pending])) }
}

const rejecting = {
  senders: { action: 'reject' },
  attachments: { encrypted: 'reject' },
  spam: { reject: '2' },
  virus: { action: 'reject' },
}

const coming = Object.keys(nothingLearned) as (keyof Evidence)[]

describe('decide', () => {
  it('gives the same verdict early and late, and late always one', () => {
    let early = 0
    fc.assert(
      fc.property(
        fc.array(file, { maxLength: 3 }),
        facts,
        abilities,
        fc.subarray(coming),
        (files, late, site, missing) => {
          const policy = policyIn(files, site)
          const last = decide(late, policy)
          assert.ok(last, 'all is known and nothing decided')
          const first = decide(before(late, missing), policy)
          if (first !== undefined) assert.deepEqual(first, last)
          if (first !== undefined && missing.length > 3) early += 1
        },
      ),
      { numRuns: 3000 },
    )
    assert.ok(early > 150, `early verdicts were ${early}: too few to show anything`)
  })

  it('comes to the same from where it came to at RCPT, if that is certain', () => {
    let certain = 0
    fc.assert(
      fc.property(
        fc.array(file, { maxLength: 3 }),
        facts,
        abilities,
        fc.constantFrom('nothing', 'all', 'a rule'),
        fc.subarray(coming),
        (files, late, site, tried, missing) => {
          const trial = {
            nothing: {},
            all: { shadow: 'true' },
            'a rule': { rules: [{ shadow: 'true', then: 'junk' }] },
          }
          const policy = policyIn([trial[tried], ...files], site)
          const { verdict, opening } = decideAtRcpt(before(late, coming), policy)
          if (verdict !== undefined && policy.trial === undefined) assert.deepEqual(verdict, decide(late, policy))
          if (opening === undefined) return
          certain += 1
          for (const known of [late, before(late, missing)]) {
            assert.deepEqual(opening, open(known, policy))
            assert.deepEqual(decideWithTrial(known, policy, opening), decideWithTrial(known, policy))
          }
        },
      ),
      { numRuns: 3000 },
    )
    assert.ok(certain > 300, `${certain} were certain: too few to show anything`)
  })

  it('needs no fact that the policy does not ask for', () => {
    let unasked = 0
    fc.assert(
      fc.property(fc.array(file, { maxLength: 2 }), facts, abilities, (files, late, site) => {
        const policy = policyIn(files, site)
        const { profile, fields, ...others } = policy.wants
        const asks: Readonly<Record<keyof Evidence, boolean>> = {
          ...others,
          fields: fields.length > 0,
          spam: profile !== undefined,
          size: true,
        }
        const missing = coming.filter(name => !asks[name])
        unasked += missing.length
        assert.deepEqual(decide(before(late, missing), policy), decide(late, policy))
      }),
      { numRuns: 3000 },
    )
    assert.ok(unasked > 3000, `${unasked} facts were not asked for: too few to show anything`)
  })

  it('comes to the same when it tells why, early and late, and tells of what decided', () => {
    const told = new Map<string, number>()
    fc.assert(
      fc.property(
        fc.array(file, { maxLength: 3 }),
        facts,
        abilities,
        fc.subarray([...coming]),
        (files, late, site, missing) => {
          const policy = policyIn(files, site)
          for (const known of [late, before(late, missing)]) {
            const notes: Note[] = []
            const verdict = decide(known, policy, note => notes.push(note))
            assert.deepEqual(verdict, decide(known, policy))
            const all = notes.flatMap(flat)
            for (const note of all) told.set(note.step, (told.get(note.step) ?? 0) + 1)
            for (const note of all) if (note.step === 'rules') assertSaysWhy(note)
            if (verdict === undefined) continue
            const { step, words } = verdict.because
            // Delivered by default, everything was asked; what was enforced tells its own step.
            if (step !== 'default' && step !== 'enforce')
              assert.ok(
                all.some(note => note.step === step),
                `${step} is not told`,
              )
            if (step === 'enforce')
              assert.ok(
                all.some(note => (note.step === 'enforced' ? note.counts : note.step === 'recipient')),
                'no enforce is told that counts',
              )
            if (step === 'rules')
              assert.ok(
                all.some(note => note.step === 'rules' && decides(note, words)),
                `no rule is told that is ${words}`,
              )
          }
        },
      ),
      { numRuns: 1500 },
    )
    const steps = [
      'declared size',
      'real size',
      'senders',
      'rules',
      'attachments',
      'spam',
      'at_worst',
      'bounce_guard',
      'enforced',
      'virus',
    ]
    for (const step of steps) assert.ok((told.get(step) ?? 0) > 200, `${step} was told ${told.get(step) ?? 0} times`)
  })

  it('delivers no virus to whom an action is set for it, and nothing unscanned to who said defer', () => {
    let stopped = 0
    fc.assert(
      fc.property(fc.array(file, { maxLength: 3 }), facts, fc.boolean(), (files, late, spam) => {
        const policy = policyIn(files, { spam, virus: true, proof: false })
        const verdict = decide(late, policy)
        for (const { virus } of [policy, ...policy.enforce]) {
          if (virus === undefined) continue
          const { state } = late.virus
          const infected = state === 'known' && late.virus.value.found.includes('C')
          const unscanned = state === 'unknown' && late.virus.why.kind === 'down' && virus.down.value.then === 'defer'
          if (infected && virus.action.value !== 'deliver') assert.notEqual(verdict?.action, 'deliver')
          if (unscanned) assert.ok(verdict && !isKept(verdict.action), `unscanned, and ${verdict?.action}`)
          if (infected || unscanned) stopped += 1
        }
      }),
      { numRuns: 1500 },
    )
    assert.ok(stopped > 150, `${stopped} were stopped: too few to show anything`)
  })

  it('rejects nobody who is not proven, where the guard is on', () => {
    let rejected = 0
    fc.assert(
      fc.property(fc.array(file, { maxLength: 2 }), facts, fc.boolean(), fc.boolean(), (files, some, passed, proof) => {
        const spf = { method: 'spf', result: 'pass', domain: some.sender?.domain ?? 'x' } as const
        const late = passed ? { ...some, auth: known([spf]) } : some
        const site = { spam: true, virus: true, proof }
        const policy = policyIn([rejecting, ...files], site)
        const verdict = decide(late, policy)
        if (verdict?.action !== 'reject' || policy.bounceGuard === 'off') return
        if (!['senders', 'attachments', 'spam', 'virus'].includes(verdict.because.step)) return
        rejected += 1
        assert.ok(site.proof && late.sender !== undefined && late.auth.state === 'known', 'rejected unproven')
        const passes = late.auth.value.filter(({ method, result }) => method === 'spf' && result === 'pass')
        assert.ok(
          passes.some(one => one.domain === late.sender?.domain),
          'rejected unproven',
        )
      }),
      { numRuns: 1500 },
    )
    assert.ok(rejected > 15, `${rejected} were rejected: too few to show anything`)
  })

  it('does nothing severer than at_worst, but for sizes, enforce and viruses', () => {
    fc.assert(
      fc.property(file, facts, asked.at_worst, fc.boolean(), (one, late, worst, proof) => {
        const policy = policyIn([{ ...one, size: 'off', at_worst: worst }], { spam: true, virus: false, proof })
        const verdict = decide(late, { ...policy, enforce: [] })
        assert.ok(verdict, 'all is known and nothing decided')
        // The guard never makes a rejected message vanish where there is a cap.
        assert.ok(!isSeverer(verdict.action, worst), `${verdict.action} is severer than ${worst}`)
      }),
      { numRuns: 1500 },
    )
  })

  it('is never milder with enforce than without, unless enforce caps', () => {
    let turned = 0
    fc.assert(
      fc.property(fc.array(file, { minLength: 1, maxLength: 3 }), facts, abilities, (files, late, site) => {
        const policy = policyIn(files.map(withoutCap), site)
        const enforced = decide(late, policy)
        const free = decide(late, { ...policy, enforce: [] })
        assert.ok(enforced && free, 'all is known and nothing decided')
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
      fc.property(fc.array(file, { maxLength: 3 }), facts, abilities, (files, late, site) => {
        const verdict = decide(late, policyIn(files, site))
        assert.ok(verdict, 'all is known and nothing decided')
        const { action, code, edits, keeping } = verdict
        assert.equal(keeping !== undefined, action === 'quarantine')
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

/** The note, or what was asked within it. */
function flat(note: Note): readonly Note[] {
  return note.step === 'recipient' || note.step === 'enforce' ? [note, ...flat(note.note)] : [note]
}

function decides({ rule, matched, lacking }: Extract<Note, { step: 'rules' }>, words: string): boolean {
  if (lacking !== undefined && lacking !== 'nothing') return lacking.because.words === words
  return rule.name === words && matched === true
}

/** The conditions that were asked suffice for the answer, and say what they found. */
function assertSaysWhy({ facts: about, rule, matched, tried }: Extract<Note, { step: 'rules' }>): void {
  for (const { condition, answer } of tried) {
    assert.deepEqual(condition.holds(about, '+'), answer)
    assert.match(condition.found(about, '+'), /^(?:no )?\w+/)
  }
  if (matched !== false || (rule.until !== undefined && rule.until < about.today)) return
  const some = (part: 'when' | 'unless', wanted: boolean) =>
    tried.some(one => one.part === part && one.answer === wanted)
  assert.ok(some('when', false) || some('unless', true), 'nothing says why it does not match')
}

/** What is left of a file if only others have a say. */
function enforcedAlone({ enforce, bounce_guard, junk_folder, quarantine }: Record<string, unknown>): object {
  const kept = Object.entries({ enforce, bounce_guard, junk_folder, quarantine }).filter(
    ([, value]) => value !== undefined,
  )
  return Object.fromEntries(kept)
}

describe('a policy on trial', () => {
  it('is told, and nothing is done but what is enforced', () => {
    const off = { size: 'off', senders: 'off', attachments: 'off', spam: 'off', virus: 'off' }
    let told = 0
    fc.assert(
      fc.property(
        fc.array(file, { minLength: 1, maxLength: 2 }),
        facts,
        abilities,
        fc.subarray(coming),
        (files, late, site, missing) => {
          const policy = policyIn([{ shadow: 'true' }, ...files], site)
          const verdict = decideWithTrial(late, policy)
          assert.ok(verdict, 'all is known and nothing decided')
          const { shadow, ...done } = verdict
          const alone = decide(late, policyIn([off, ...files.map(enforcedAlone)], site))
          assert.deepEqual({ action: done.action, edits: done.edits }, { action: alone?.action, edits: alone?.edits })
          const untried = decide(late, policyIn(files, site))
          assert.equal((shadow ?? done).action, untried?.action)
          if (done.action !== untried?.action) told += 1
          const early = decideWithTrial(before(late, missing), policy)
          if (early !== undefined) assert.deepEqual(early, verdict)
        },
      ),
      { numRuns: 1000 },
    )
    assert.ok(told > 100, `${told} verdicts would have been others: too few to show anything`)
  })

  it('of single rules changes nothing of what the others do', () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 3 }), file, facts, abilities, (rules, one, late, site) => {
        const tried = { rules: rules.map(each => ({ ...each, shadow: 'true' })) }
        const real = decide(late, policyIn([{}, one], site))
        const verdict = decideWithTrial(late, policyIn([tried, one], site))
        assert.ok(real, 'all is known and nothing decided')
        assert.deepEqual(verdict, verdict?.shadow === undefined ? real : { ...real, shadow: verdict.shadow })
      }),
      { numRuns: 500 },
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
          // Chance alone makes few: the first one comes once more.
          const policy = policyIn([{ rules: [...content, ...content.slice(0, 1)] }], {
            spam: true,
            virus: true,
            proof: true,
          })
          const { rules } = policy
          for (const [i, one] of rules.entries()) {
            if (shadowedBy(one, rules.slice(0, i)) === undefined) continue
            shadowed += 1
            for (const late of some) assert.notEqual(askRules(late, policy, policy)?.decided?.rule, one)
          }
        },
      ),
      { numRuns: 1500 },
    )
    assert.ok(shadowed > 500, `${shadowed} rules were shadowed: too few to show anything`)
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

describe('a policy that shares with what others have', () => {
  const tried = fc
    .tuple(file, fc.constantFrom(undefined, 'true', 'false'), fc.boolean())
    .map(([{ rules = [], ...content }, shadow, isRuleTried]) => ({
      ...content,
      ...(shadow === undefined ? {} : { shadow }),
      rules: rules.map((each, i) => (isRuleTried && i === 0 ? { ...each, shadow: 'true' } : each)),
    }))

  it('is what it would be by itself, whatever is on trial', () => {
    fc.assert(
      fc.property(tried, tried, abilities, (near, far, site) => {
        const farther = read(far, 'far')
        const both = merge(read(near, 'near'), farther)
        const shared = policyOf(both, '+', site, { settings: farther, policy: policyOf(farther, '+', site) })
        assert.deepEqual(shared, policyOf(both, '+', site))
      }),
      { numRuns: 1000 },
    )
  })

  it('has their very parts where its own file says nothing', () => {
    const farther = read({ spam: { junk: '4' }, virus: { down: 'junk' }, attachments: { block: ['*.a'] } })
    const made = { settings: farther, policy: policyOf(farther, '+', { spam: true, virus: true, proof: true }) }
    const own = merge(read({ rules: [{ when: { detail: 'a' }, then: 'junk' }], virus: { action: 'junk' } }), farther)
    const policy = policyOf(own, '+', { spam: true, virus: true, proof: true }, made)
    const shared = (
      ['spam', 'virus', 'attachments', 'unlearnable', 'keeping', 'writes', 'enforce', 'wants'] as const
    ).filter(key => policy[key] === made.policy[key])
    assert.deepEqual(shared, ['spam', 'attachments', 'keeping', 'writes', 'enforce', 'wants'])
  })
})

function withoutCap(content: { readonly enforce?: { readonly at_worst?: string } }): object {
  if (content.enforce === undefined) return content
  const kept = Object.entries(content.enforce).filter(([key]) => key !== 'at_worst')
  return { ...content, enforce: Object.fromEntries(kept) }
}
