/** Names in the quarantine folder, and entries as text: what is written is read back, and nothing else is taken for it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { entryText, readEntry, reasonText } from '../../../src/deliver/quarantine/entry.ts'
import type { Entry } from '../../../src/deliver/quarantine/entry.ts'
import {
  asDeleted,
  asKept,
  asReleasing,
  asUnfinished,
  keptAs,
  readName,
} from '../../../src/deliver/quarantine/names.ts'

const dates = fc.date({
  min: new Date('1970-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59Z'),
  noInvalidDate: true,
})
const hex = fc.string({ unit: fc.constantFrom(...Array.from('0123456789abcdef')), minLength: 32, maxLength: 32 })

describe('names of entries', () => {
  it('say what they were made of, whatever is being done with the entry', () => {
    fc.assert(
      fc.property(dates, hex, dates, (date, id, since) => {
        const kept = keptAs(date, id)
        for (const found of [kept, asUnfinished(kept), asDeleted(kept), asReleasing(kept, since)]) {
          assert.deepEqual(readName(found.file), found)
          assert.deepEqual(asKept(found), kept)
          assert.match(found.file, /^[\w.-]+$/)
        }
      }),
    )
  })

  it('sort by date', () => {
    fc.assert(
      fc.property(dates, dates, hex, hex, (one, other, id, otherId) => {
        fc.pre(one.getTime() !== other.getTime())
        assert.equal(keptAs(one, id).file < keptAs(other, otherId).file, one < other)
      }),
    )
  })

  const id = 'a'.repeat(32)
  for (const name of [
    '.',
    '',
    id,
    `20261122T060000000Z-${id}.eml`,
    `20261122T060000000Z-${id.toUpperCase()}`,
    `20261322T060000000Z-${id}`,
    `20261122T060000000Z-${id}.releasing-20261122T250000000Z`,
    `20261122T060000000Z-${id}.releasing`,
    `20261122T060000000Z-${id}.new\n`,
    `x/20261122T060000000Z-${id}`,
  ])
    it(`are not ${JSON.stringify(name)}`, () => assert.equal(readName(name), undefined))
})

const octets = fc.string({ unit: fc.constantFrom(...Array.from('a@"\\< >+\x80\xff')), maxLength: 20 })
const counts = fc.nat()
const entries: fc.Arbitrary<Entry> = fc.record({
  id: hex,
  transaction: fc.string(),
  date: dates.map(date => date.getTime()),
  keep: counts,
  sender: fc.record({
    path: octets,
    params: fc.array(octets, { maxLength: 3 }),
    size: fc.option(counts, { nil: undefined }),
    body: fc.constantFrom('7BIT', '8BITMIME', undefined),
    smtputf8: fc.boolean(),
  }),
  recipient: fc.record({ path: octets.map(text => `a${text}`), params: fc.array(octets, { maxLength: 3 }) }),
  client: fc.option(
    fc.record({
      name: fc.constant('x.example'),
      address: fc.constantFrom('::1', undefined),
      port: fc.constant(undefined),
      proto: fc.constant(undefined),
      helo: fc.string(),
      ident: fc.constant('4dDX'),
      source: fc.constant(undefined),
    }),
    { nil: undefined },
  ),
  reason: fc.record({ step: fc.string(), words: fc.string() }),
  place: fc.oneof(fc.constant('built in' as const), fc.record({ file: fc.string(), line: counts, column: counts })),
  facts: fc.option(
    fc.dictionary(fc.string(), fc.string()).map(facts => ({ ...facts })),
    { nil: undefined },
  ),
  message: fc.record({ size: counts, eightBit: fc.constantFrom('none', 'body', 'header'), hops: counts }),
})

function textOf({ facts, ...entry }: Entry): string {
  return entryText(entry, facts === undefined ? undefined : JSON.stringify(facts))
}

describe('an entry', () => {
  it('is read as it was written', () => {
    fc.assert(fc.property(entries, entry => assert.deepEqual(readEntry(textOf(entry)), structuredClone(entry))))
  })

  it('that anybody has been at is not taken, or holds nothing that could end a command', () => {
    fc.assert(
      fc.property(entries, fc.nat(), fc.constantFrom('\n', '"', '0', '\\r', '{', 'null'), (entry, at, put) => {
        const text = textOf(entry)
        const cut = at % text.length
        const read = readEntry(text.slice(0, cut) + put + text.slice(cut + 1))
        if (typeof read === 'string') return
        const said = [read.sender.path, ...read.sender.params, read.recipient.path, ...read.recipient.params]
        for (const part of said) assert.doesNotMatch(part, /[^\x20-\x7e\x80-\xff]/)
        assert.notEqual(read.recipient.path, '')
      }),
    )
  })

  const whole = {
    version: 1,
    id: 'i',
    transaction: 't',
    date: '2026-11-22T06:00:00.000Z',
    keep: 1,
    sender: { path: '', params: [], smtputf8: false },
    recipient: { path: 'a@x', params: [] },
    reason: { step: 'rules', words: '' },
    message: { size: 1, eightBit: 'none', hops: 0 },
  }
  const wrong: readonly (readonly [object | string, string])[] = [
    ['{', 'no JSON'],
    ['[]', 'no entry of this version'],
    [{ version: 2 }, 'no entry of this version'],
    [{ sender: undefined }, 'no envelope'],
    [{ sender: { path: 'a\r\nRCPT TO:<b>', params: [], smtputf8: false } }, 'no envelope'],
    [{ sender: { path: 'a', params: ['X\n'], smtputf8: false } }, 'no envelope'],
    [{ recipient: { path: '', params: [] } }, 'no envelope'],
    [{ recipient: { path: 'é\u2028', params: [] } }, 'no envelope'],
    [{ recipient: { path: ['a@x', 'b@x'], params: [] } }, 'no envelope'],
    [{ message: { size: -1, eightBit: 'none', hops: 0 } }, 'nothing about the message'],
    [{ message: { size: 1, eightBit: 'some', hops: 0 } }, 'nothing about the message'],
    [{ date: 'soon' }, 'no id or date'],
    [{ keep: 1.5 }, 'no id or date'],
    [{ reason: 'spam' }, 'no reason'],
  ]
  for (const [change, expected] of wrong)
    it(`is not ${JSON.stringify(change)}`, () => {
      const text = typeof change === 'string' ? change : JSON.stringify({ ...whole, ...change })
      assert.equal(readEntry(text), expected)
    })

  it('may lack what is only for people', () => {
    const read = readEntry(JSON.stringify(whole))
    assert.ok(typeof read !== 'string')
    assert.deepEqual(
      [read.client, read.facts, read.place, reasonText(read.reason)],
      [undefined, undefined, 'built in', 'rules'],
    )
  })
})
