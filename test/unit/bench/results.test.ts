import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { figure, markdownTable, screenTable } from '../../bench/results/table.ts'
import { atLeast, atMost, isMet, reached, type Row } from '../../bench/row.ts'
import { median, percentile } from '../../bench/statistics.ts'

const row: Row = {
  work: '5 KB × 1',
  quantity: 'messages/s',
  ours: [300, 330, 100],
  beside: { name: 'a peer', samples: [100, 100, 50] },
  as: 'ratio',
  bar: atLeast(3),
}

describe('the benchmark reckons', () => {
  it('medians, of an even number too', () => {
    assert.equal(median([3, 1, 2]), 2)
    assert.equal(median([4, 1, 2, 3]), 2.5)
    assert.equal(median([7]), 7)
    assert.ok(Number.isNaN(median([])))
  })

  it('percentiles by the nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i)
    assert.equal(percentile(hundred, 50), 50)
    assert.equal(percentile(hundred, 99), 99)
    assert.equal(percentile([5], 99), 5)
    assert.ok(Number.isNaN(percentile([], 50)))
  })

  it('ratios and differences round by round, not of medians', () => {
    assert.equal(reached(row), 3)
    assert.equal(reached({ ...row, as: 'difference' }), 200)
    assert.equal(reached({ ...row, as: 'itself' }), 300)
  })

  it('whether a bar is met, which it is when just reached, and never without a measurement', () => {
    assert.equal(isMet(row), true)
    assert.equal(isMet({ ...row, bar: atLeast(3.1) }), false)
    assert.equal(isMet({ ...row, bar: atMost(3) }), true)
    assert.equal(isMet({ ...row, bar: atMost(2.9) }), false)
    assert.equal(isMet({ ...row, bar: undefined }), undefined)
    assert.equal(isMet({ ...row, beside: { name: 'a peer', samples: [] } }), false)
  })
})

describe('the table of the benchmark', () => {
  const plain: Row = { work: 'memory', quantity: 'MB', ours: [101.26], beside: undefined, as: 'itself', bar: undefined }
  const rows = [row, { ...row, bar: atLeast(3.5) }, plain]

  it('shows figures, ratio and bar in columns', () => {
    assert.deepEqual(screenTable(rows).split('\n'), [
      'work      measured    lmtp-gate  beside       result      bar',
      '5 KB × 1  messages/s        300  a peer  100     3 ×    ≥ 3 ×  met',
      '5 KB × 1  messages/s        300  a peer  100     3 ×  ≥ 3.5 ×  missed',
      'memory    MB                101                  101',
    ])
  })

  it('is Markdown where wanted, with what is missed in bold', () => {
    assert.deepEqual(markdownTable(rows.slice(1)).split('\n'), [
      '| work | measured | lmtp-gate | beside |  | result | bar |  |',
      '| --- | --- | --: | --- | --: | --: | --: | --- |',
      '| 5 KB × 1 | messages/s | 300 | a peer | 100 | 3 × | ≥ 3.5 × | **missed** |',
      '| memory | MB | 101 |  |  | 101 |  |  |',
    ])
  })

  it('shows three digits that count', () => {
    assert.deepEqual([0.12345, 12.345, 123.45, 1234.5, 7, NaN].map(figure), ['0.123', '12.3', '123', '1235', '7', '–'])
  })
})
