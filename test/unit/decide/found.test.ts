/** What conditions say of the message they looked at. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { known, pending, type Facts } from '../../../src/decide/facts.ts'
import { Source } from '../../../src/decide/problem.ts'
import { readPolicyFile } from '../../../src/decide/read/policy-file.ts'

const facts: Facts = {
  sender: { local: 'bounce', domain: 'esp.example' },
  client: '192.0.2.1',
  recipient: { local: 'alice+lists', domain: 'example.org' },
  original: undefined,
  now: 0,
  today: '2026-11-22',
  declaredSize: undefined,
  size: known(84 * 1024),
  from: known([]),
  fromNames: known([]),
  to: known([]),
  fields: known([]),
  received: known(undefined),
  auth: known([]),
  spam: known({ score: 0, symbols: [] }),
  virus: known({ found: [] }),
  structure: known({ attachments: [], ambiguous: undefined, unreadable: undefined }),
}

/** What the one condition of `when` says of these facts. */
function found(when: string, about: Facts = facts): string {
  const { settings, findings } = readPolicyFile(
    new Source('f', `rules: [{ when: ${when}, then: junk }]`),
    'person',
    '+',
  )
  assert.deepEqual(findings.problems, [])
  const [condition] = settings.rules[0]?.when?.[0] ?? []
  assert.ok(condition)
  return condition.found(about, '+')
}

describe('a condition', () => {
  for (const [when, words] of [
    ['{ sender: esp.example }', 'sender bounce@esp.example is esp.example'],
    ['{ sender: x.example }', 'sender bounce@esp.example is not x.example'],
    ['{ sender: [a.example, b.example] }', 'sender bounce@esp.example is not a.example or b.example'],
    ['{ sender: [a.b, b.b, c.b, d.b, e.b] }', 'sender bounce@esp.example is not a.b, b.b, c.b or 2 others'],
    ['{ sender: [a.example, "*@esp.example"] }', 'sender bounce@esp.example is *@esp.example'],
    ['{ client: 10.0.0.0/8 }', 'client 192.0.2.1 is not 10.0.0.0/8'],
    ['{ recipient: ben@x }', 'recipient alice+lists@example.org and alice@example.org is not ben@x'],
    ['{ detail: shop }', 'detail "lists" is not shop'],
    ['{ detail: "l*" }', 'detail "lists" is l*'],
    ['{ size: { min: 5MB } }', 'size 84KB is not at least 5MB'],
    ['{ size: { max: 1MB } }', 'size 84KB is at most 1MB'],
    ['{ size: { min: 1K, max: 2K } }', 'size 84KB is not 1KB to 2KB'],
  ] as const)
    it(`says of ${when}: ${words}`, () => assert.equal(found(when), words))

  const told: Facts = {
    ...facts,
    from: known([{ local: 'news', domain: 'shop.example' }]),
    fromNames: known(['Shop News']),
    fields: known([
      { name: 'subject', texts: ['Sale'] },
      { name: 'precedence', texts: ['bulk'] },
    ]),
    auth: known([{ method: 'dmarc', result: 'pass', domain: 'shop.example' }]),
    spam: known({ score: 4.6, symbols: ['BAYES_50'] }),
    virus: { state: 'unknown', why: { kind: 'down', words: 'clamd: connection refused' } },
    structure: known({
      attachments: [{ names: ['a.pdf'], inner: [], types: ['application/pdf'], size: 5, encrypted: false }],
      ambiguous: undefined,
      unreadable: undefined,
    }),
  }
  for (const [when, words] of [
    ['{ from: x.example }', 'from news@shop.example is not x.example'],
    ['{ from_name: Anna Boss }', 'from_name "Shop News" is not Anna Boss'],
    ['{ to: x.example }', 'no to'],
    ['{ subject: "/^s/" }', 'subject "Sale" is /^s/'],
    ['{ header: { X-A: b } }', 'no header X-A'],
    ['{ list: true }', 'list of no name is true'],
    ['{ auth: { dmarc: fail } }', 'auth dmarc pass is not fail'],
    ['{ auth: { spf: fail } }', 'no auth spf'],
    ['{ proven: false }', 'proven true is not false'],
    ['{ score: { min: 5 } }', 'score 4.6 is not at least 5'],
    ['{ symbol: [A, "BAYES*"] }', 'symbol "BAYES_50" is BAYES*'],
    ['{ virus: "*" }', 'virus is not known: clamd: connection refused'],
    ['{ not_scanned: [virus, spam] }', 'not_scanned virus is virus or spam'],
    ['{ attachment: { name: "*.exe" } }', 'attachment "a.pdf" is not { name: "*.exe" }'],
    ['{ attachment_count: { max: 0 } }', 'attachment_count 1 is not at most 0'],
    ['{ ambiguous: true }', 'ambiguous false is not true'],
  ] as const)
    it(`says of ${when}: ${words}`, () => assert.equal(found(when, told), words))

  it('says what there is not', () => {
    const bare = { ...facts, client: undefined, recipient: { local: 'alice', domain: 'example.org' } }
    assert.equal(found('{ client: 10.0.0.0/8 }', bare), 'no client')
    assert.equal(found('{ detail: shop }', bare), 'no detail')
    assert.equal(found('{ sender: x.example }', { ...bare, sender: undefined }), 'sender <> is not x.example')
  })

  it('says what is not known yet', () => {
    assert.equal(found('{ size: { min: 5MB } }', { ...facts, size: pending }), 'size is not known yet')
    const declared = { ...facts, size: pending, declaredSize: 1024 }
    assert.equal(found('{ size: { min: 5MB } }', declared), 'size 1KB may come to be at least 5MB')
  })

  it('shortens what is long', () => {
    const long = { ...facts, recipient: { local: `alice+${'x'.repeat(500)}`, domain: 'example.org' } }
    assert.equal(found('{ detail: shop }', long), `detail "${'x'.repeat(80)}..." is not shop`)
  })
})
