/** Dots doubled for DATA. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DotStuffing } from '../../../src/deliver/dot-stuffing.ts'

function encoded(...pieces: string[]): string {
  const stuffing = new DotStuffing()
  const out = pieces.map(piece => Buffer.from(stuffing.encode(Buffer.from(piece, 'latin1'))))
  return Buffer.concat([...out, stuffing.end()]).toString('latin1')
}

describe('dot-stuffing', () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [[], '.\r\n'],
    [[''], '.\r\n'],
    [['a\r\n'], 'a\r\n.\r\n'],
    [['a'], 'a\r\n.\r\n'],
    [['a\r'], 'a\r\r\n.\r\n'],
    [['a\n'], 'a\n\r\n.\r\n'],
    [['.'], '..\r\n.\r\n'],
    [['.\r\n'], '..\r\n.\r\n'],
    [['a.b\r\n.\r\n..\r\n'], 'a.b\r\n..\r\n...\r\n.\r\n'],
    [['a\n.\nb\n.\r\nc\r\n.\n'], 'a\n..\nb\n..\r\nc\r\n..\n\r\n.\r\n'],
    [['a\r\n', '.b\r\n'], 'a\r\n..b\r\n.\r\n'],
    [['a\r', '\n', '.', '\r', '\n'], 'a\r\n..\r\n.\r\n'],
    [['a\n', '', '.x'], 'a\n..x\r\n.\r\n'],
    [['\r\n\r\n\r\n', '\r\n.\r\n'], '\r\n\r\n\r\n\r\n..\r\n.\r\n'],
    [['x.\r\n.', '.\n..'], 'x.\r\n...\n...\r\n.\r\n'],
    [['\n.\n.\n.\n.'], '\n..\n..\n..\n..\r\n.\r\n'],
  ]
  for (const [pieces, expected] of cases)
    it(`makes ${JSON.stringify(expected)} of ${JSON.stringify(pieces)}`, () => {
      assert.equal(encoded(...pieces), expected)
    })

  it('gives a piece back as it is when nothing is to be doubled', () => {
    const piece = Buffer.from('a.b\r\nc\r\n')
    assert.equal(new DotStuffing().encode(piece), piece)
  })

  it('does not look for dots where it is known that there are none, but knows how the last line ends', () => {
    const stuffing = new DotStuffing()
    const pieces = ['X: y\r\n', 'a.b\r\nc'].map(text => Buffer.from(text))
    for (const piece of pieces) assert.equal(stuffing.encode(piece, true), piece)
    assert.equal(Buffer.from(stuffing.end()).toString(), '\r\n.\r\n')
  })

  it('doubles every dot behind an LF, near another or far from it', () => {
    const run = fc.constantFrom(
      '.',
      '\n.',
      '\n',
      'x',
      'x'.repeat(1021),
      'x'.repeat(1022),
      'x'.repeat(1023),
      '\r\n.\r\n',
    )
    fc.assert(
      fc.property(fc.array(fc.array(run, { maxLength: 12 }), { maxLength: 4 }), pieces => {
        const texts = pieces.map(runs => runs.join(''))
        const whole = `\n${texts.join('')}`.replaceAll('\n.', '\n..').slice(1)
        const end = whole === '' || whole.endsWith('\r\n') ? '.\r\n' : '\r\n.\r\n'
        assert.equal(encoded(...texts), whole + end)
      }),
      { numRuns: 2000 },
    )
  })

  it('keeps up with lines of dots', () => {
    const dots = '.\r\n'.repeat(100_000)
    assert.equal(encoded(dots), `${'..\r\n'.repeat(100_000)}.\r\n`)
  })
})
