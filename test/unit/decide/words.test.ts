/** Facts in words, as they stand in headers and logs. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { namesText, plainName, scoreText } from '../../../src/decide/words.ts'

describe('a score in words', () => {
  for (const [score, text] of [
    [4.6, '4.6'],
    [15, '15'],
    [-0.001, '0'],
    [0.1 + 0.2, '0.3'],
    [1000, '1000'],
    [-12.345, '-12.35'],
  ] as const)
    it(`${score} is ${text}`, () => assert.equal(scoreText(score), text))
})

describe('names that others gave', () => {
  it('are few, short and in ASCII', () => {
    assert.equal(namesText(['A', 'B', 'C']), 'A, B, C')
    assert.equal(namesText(['A', 'B', 'C', 'D', 'E']), 'A, B, C, and others')
    assert.equal(plainName('a\r\nBcc: x\u202e\u00e4\x1b[2J\x7f'), 'a??Bcc: x???[2J?')
    assert.equal(
      namesText(Array.from({ length: 9 }, () => 'x'.repeat(10_000))).length,
      3 * 80 + ', , , and others'.length,
    )
  })
})
