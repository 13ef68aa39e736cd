/** A decision as a line, and back: the same facts, and nothing believed that has not its form. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { notAsked } from '../../../../src/assess/assessment.ts'
import { known, pending, type Evidence, type Fact } from '../../../../src/decide/facts.ts'
import type { Place } from '../../../../src/decide/verdict.ts'
import { lineOf, type Decision } from '../../../../src/watch/decisions/record.ts'
import { recordedIn } from '../../../../src/watch/decisions/recorded.ts'

const text = fc.string({ unit: 'binary', maxLength: 12 })
const latin1 = fc.string({
  unit: fc.integer({ min: 1, max: 255 }).map(code => String.fromCharCode(code)),
  maxLength: 12,
})
const texts = fc.array(text, { maxLength: 3 })

/** What comes back of a fact is the fact, or pending where there is none. */
function fact<T>(value: fc.Arbitrary<T>): fc.Arbitrary<Fact<T>> {
  const why = fc.record({ kind: fc.constantFrom('down', 'unscannable'), words: text })
  return fc.oneof(
    { weight: 3, arbitrary: value.map(known) },
    { weight: 1, arbitrary: why.map(one => ({ state: 'unknown', why: one }) as const) },
    { weight: 1, arbitrary: fc.constantFrom(pending, notAsked) },
  )
}

const attachment = fc.record({ names: texts, inner: texts, types: texts, size: fc.nat(), encrypted: fc.boolean() })
const maybe = fc.option(text, { nil: undefined })
const evidence: fc.Arbitrary<Evidence> = fc.record({
  size: fact(fc.nat()),
  from: fact(fc.array(fc.record({ local: text, domain: text }), { maxLength: 2 })),
  fromNames: fact(texts),
  to: fact(fc.array(fc.record({ local: text, domain: text }), { maxLength: 2 })),
  fields: fact(fc.array(fc.record({ name: text, texts }), { maxLength: 2 })),
  received: fact(fc.option(fc.integer(), { nil: undefined })),
  auth: fact(
    fc.array(fc.record({ method: fc.constantFrom('spf', 'dkim', 'dmarc'), result: text, domain: text }), {
      maxLength: 2,
    }),
  ),
  spam: fact(fc.record({ score: fc.double({ noNaN: true, min: -1000, max: 1000 }), symbols: texts })),
  virus: fact(fc.record({ found: texts })),
  structure: fact(
    fc.record({
      attachments: fc.array(attachment, { maxLength: 2 }),
      ambiguous: maybe,
      unreadable: maybe,
      unseen: maybe,
    }),
  ),
})

const decision: fc.Arbitrary<Decision> = fc.record({
  id: text,
  begun: fc.date({ noInvalidDate: true }),
  sender: fc.record({
    path: latin1,
    params: fc.constant([]),
    size: fc.option(fc.nat(), { nil: undefined }),
    body: fc.constant(undefined),
    smtputf8: fc.boolean(),
  }),
  client: fc.constantFrom(undefined, {
    name: undefined,
    address: '192.0.2.1',
    port: undefined,
    proto: undefined,
    helo: undefined,
    ident: '4dDXyz0Kqz2',
    source: undefined,
  }),
  stage: fc.constantFrom('RCPT', 'end of data'),
  evidence: evidence.chain(one =>
    evidence.map(
      ({ spam }) =>
        new Map([
          ['', one],
          ['__proto__', { ...one, spam }],
        ]),
    ),
  ),
  recipients: fc.array(
    fc.record({
      recipient: fc.record({ path: latin1, params: fc.array(latin1, { maxLength: 2 }) }),
      profile: fc.constantFrom('', 'strict'),
      verdict: fc.record({
        action: fc.constantFrom('deliver', 'junk', 'reject'),
        because: fc.record({ step: fc.constantFrom('spam', 'rules'), words: text }),
        place: fc.constantFrom<Place[]>('built in', { file: 'rules/default.yaml', line: 3, column: 7 }),
      }),
    }),
    { maxLength: 3 },
  ),
})

/** In JSON what is undefined is missing. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

describe('a decision', () => {
  it('comes back as it was written down', () => {
    fc.assert(
      fc.property(decision, one => {
        const line = lineOf(one)
        assert.equal(line.indexOf('\n'), line.length - 1)
        const back = recordedIn(line) ?? assert.fail('not read')
        assert.deepEqual(plain(back.recipients), plain(one.recipients))
        const { id, at, sender, size, client, queue, stage } = back
        assert.deepEqual(
          { id, at, sender, size, client, queue, stage },
          {
            id: one.id,
            at: one.begun.getTime(),
            sender: one.sender.path,
            size: one.sender.size,
            client: one.client?.address,
            queue: one.client?.ident,
            stage: one.stage,
          },
        )
        for (const [profile, facts] of one.evidence) {
          const expected = Object.entries(facts).map(([name, value]) => [name, value === notAsked ? pending : value])
          assert.deepEqual(plain(back.evidence(profile)), plain(Object.fromEntries(expected)))
        }
        assert.deepEqual(back.evidence('other').spam, pending)
      }),
      { numRuns: 500 },
    )
  })

  it('is bounded, by leaving out the facts that are long', () => {
    const sample = fc.sample(decision, 1)[0] ?? assert.fail()
    const [first] = sample.evidence.values()
    const facts = {
      ...(first ?? assert.fail()),
      size: known(7),
      virus: known({ found: [] }),
      from: known(
        Array.from({ length: 2000 }, (_, i) => ({ local: `local-part-of-number-${i}`, domain: 'x.example' })),
      ),
    }
    const line = lineOf({ ...sample, recipients: [], evidence: new Map([['', facts]]) })
    assert.ok(line.length < 66_000, `${line.length} characters`)
    const back = recordedIn(line)?.evidence('')
    assert.deepEqual(back?.size, known(7))
    assert.deepEqual(back.from, pending)
  })

  it('is none where a line was cut off or is of another kind', () => {
    const line = lineOf(fc.sample(decision, 1)[0] ?? assert.fail())
    for (const other of ['', '{}', 'null', '[]', '{"version":2}', line.slice(0, -3), `${line.trimEnd()}x`])
      assert.equal(recordedIn(other), undefined, other)
    assert.equal(recordedIn(line.replace('"version":1', '"version":2')), undefined)
    assert.equal(recordedIn(line.replace('"at":', '"at":"x","was":')), undefined)
  })

  it('keeps no fact whose form is wrong', () => {
    const line =
      '{"version":1,"id":"a","at":1,"stage":"end of data","sender":"","to":[],"facts":{"size":{"state":"known","value":"7"},' +
      '"virus":{"state":"known","value":{"found":[7]}},"from":{"state":"unknown"},"received":{"state":"known"}},"spam":{"":5}}'
    const back = recordedIn(line)?.evidence('') ?? assert.fail('not read')
    const { received, ...others } = back
    assert.deepEqual(received, { state: 'known' })
    for (const one of Object.values(others)) assert.deepEqual(one, pending)
  })
})
