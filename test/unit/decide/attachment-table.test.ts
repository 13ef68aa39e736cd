/** Patterns of names and types of attachments, held against the plainest way to look them up. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { AttachmentTable, type ListedAttachment } from '../../../src/decide/attachment-table.ts'
import { globMatches, weight } from '../../../src/decide/glob.ts'

const unit = fc.constantFrom('a', 'b', '.', '*', '?')
const entry: fc.Arbitrary<ListedAttachment> = fc.record({
  effect: fc.constantFrom('allow', 'block'),
  text: fc
    .tuple(fc.boolean(), fc.string({ unit, minLength: 1, maxLength: 4 }))
    .map(([type, text]) => (type ? `a/${text}` : text)),
  place: fc.constant('built in' as const),
})

describe('an AttachmentTable', () => {
  it('finds the longest pattern that fits, of equally long ones one that blocks; names and types apart', () => {
    let found = 0
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 8 }),
        fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 5 }),
        fc.boolean(),
        (entries, rest, type) => {
          const text = type ? `a/${rest}` : rest
          const fitting = entries.filter(one => one.text.includes('/') === type && globMatches(one.text, text))
          const most = Math.max(...fitting.map(one => weight(one.text)))
          const best = fitting.filter(one => weight(one.text) === most)
          const expected = best.find(({ effect }) => effect === 'block') ?? best[0]
          const table = new AttachmentTable(entries)
          const answer = type ? table.findType(text) : table.findName(text)
          assert.deepEqual([answer?.effect, answer && weight(answer.text)], [expected?.effect, expected && most])
          if (answer !== undefined) found += 1
        },
      ),
      { numRuns: 2000 },
    )
    assert.ok(found > 400, `${found} were found: too few to show anything`)
  })

  it('regards neither case nor how an accent is put together', () => {
    const table = new AttachmentTable([{ effect: 'block', text: '*.E\u0301XE', place: 'built in' }])
    assert.equal(table.findName('a.\u00e9xe')?.effect, 'block')
  })

  it('knows whether it blocks anything', () => {
    assert.equal(new AttachmentTable([{ effect: 'allow', text: '*', place: 'built in' }]).blocks, false)
    assert.equal(new AttachmentTable([{ effect: 'block', text: 'a/b', place: 'built in' }]).blocks, true)
  })
})
