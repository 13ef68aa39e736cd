import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Blocks } from '../../../src/accept/blocks.ts'

test('blocks are used again, by their size', () => {
  const blocks = new Blocks()
  const [first, other] = [blocks.take('first'), blocks.take('other')]
  assert.ok(first.octets.length < other.octets.length)
  blocks.giveBack(first)
  blocks.giveBack(other)
  assert.deepEqual([blocks.take('other') === other, blocks.take('first') === first], [true, true])
  assert.notEqual(blocks.take('first'), first)
})

test('a block that was given back twice is a bug, and is given to one message only', () => {
  const blocks = new Blocks()
  const block = blocks.take('first')
  blocks.giveBack(block)
  assert.throws(() => blocks.giveBack(block), /twice/)
  assert.equal(blocks.take('first'), block)
  assert.notEqual(blocks.take('first'), block)
  blocks.giveBack(block)
})

test('blocks that nobody needed from one trim to the next are let go of, and no others', () => {
  const blocks = new Blocks()
  const taken = [1, 2, 3, 4].map(() => blocks.take('other'))
  for (const block of taken) blocks.giveBack(block)
  blocks.trim()
  // Two are needed, one after the other and both at once.
  blocks.giveBack(blocks.take('other'))
  const needed = [blocks.take('other'), blocks.take('other')]
  for (const block of needed) blocks.giveBack(block)
  blocks.trim()
  const again = [1, 2, 3].map(() => blocks.take('other'))
  assert.deepEqual(
    again.map(block => needed.includes(block)),
    [true, true, false],
  )
  assert.ok(!taken.includes(again[2] ?? assert.fail()))
})
