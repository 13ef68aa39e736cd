import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { chart, margin } from '../../bench/results/chart.ts'
import { withResults } from '../../bench/results/publish.ts'
import { atLeast, atMost, type Row } from '../../bench/row.ts'

const row: Row = {
  work: 'fast & < small',
  quantity: 'messages/s',
  ours: [400],
  beside: { name: 'a peer', samples: [100] },
  as: 'ratio',
  bar: atLeast(2),
}

describe('the chart of the benchmark', () => {
  it('draws what was passed to the right of the bar, what was missed to the left, and nothing that has no bar', () => {
    const drawing = chart([row, { ...row, bar: atLeast(16) }, { ...row, bar: undefined }], 'here')
    const bars = [...drawing.matchAll(/<rect x="([\d.]+)" y="\d+" width="([\d.]+)" height="14" fill="(#\w+)"/g)]
    const middle = Number(/<line x1="([\d.]+)"/.exec(drawing)?.[1])
    assert.deepEqual(
      bars.map(([, x, width, colour]) => [Number(x) >= middle, Number(x) + Number(width) <= middle, colour]),
      [
        [true, false, '#2e7d32'],
        [false, true, '#c62828'],
      ],
    )
    assert.match(drawing, />2 × the bar</)
    assert.match(drawing, />0\.25 × the bar</)
  })

  it('is well-formed whatever names stand in it', () => {
    const drawing = chart([row], 'a < b & c')
    assert.match(drawing, /fast &amp; &lt; small/)
    assert.match(drawing, /a &lt; b &amp; c/)
    assert.doesNotMatch(drawing, /&(?!amp;|lt;|gt;)/)
  })

  it('stays within the picture, however far a bar was passed or if nothing was measured', () => {
    const far = chart(
      [
        { ...row, ours: [1e9] },
        { ...row, ours: [] },
      ],
      '',
    )
    const ends = [...far.matchAll(/<rect x="([\d.]+)" y="\d+" width="([\d.]+)"/g)].map(
      ([, x, width]) => [Number(x), Number(x) + Number(width)] as const,
    )
    for (const [from, to] of ends) assert.ok(from >= 0 && to <= 900)
    assert.match(far, /over 8 ×/)
    assert.match(far, /not measured/)
  })

  it('takes a bar of nothing at all', () => {
    const none: Row = { ...row, as: 'difference', bar: atMost(0) }
    assert.equal(margin({ ...none, ours: [100] }), 1)
    assert.ok(margin({ ...none, ours: [101] }) < 1)
  })
})

describe('the results in a page', () => {
  const [from, to] = ['<!-- results: npm run bench -- --publish -->', '<!-- end of results -->']

  it('take the place of those before, and nothing else', () => {
    const page = `# Title\n\n${from}\n\nold\n\n${to}\n\nrest\n`
    assert.equal(withResults(page, 'new'), `# Title\n\n${from}\n\nnew\n\n${to}\n\nrest\n`)
    assert.equal(withResults(withResults(page, 'new'), 'old'), page)
  })

  it('need their marks', () => {
    assert.throws(() => withResults('# Title\n', 'new'), /no <!-- results/)
    assert.throws(() => withResults(`${to}\n${from}`, 'new'), /no <!-- results/)
  })
})
