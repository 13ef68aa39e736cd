import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Blocks } from '../../../src/accept/blocks.ts'

test('blocks are used again, by their size', () => {
  const blocks = new Blocks(1_000_000)
  const [first, other] = [blocks.take('first'), blocks.take('other')]
  assert.ok(first.octets.length < other.octets.length)
  blocks.giveBack(first)
  blocks.giveBack(other)
  assert.deepEqual([blocks.take('other') === other, blocks.take('first') === first], [true, true])
  assert.notEqual(blocks.take('first'), first)
})

test('a block that was given back twice is a bug, and is given to one message only', () => {
  const blocks = new Blocks(1_000_000)
  const block = blocks.take('first')
  blocks.giveBack(block)
  assert.throws(() => blocks.giveBack(block), /twice/)
  assert.equal(blocks.take('first'), block)
  assert.notEqual(blocks.take('first'), block)
  blocks.giveBack(block)
})

test('no more blocks are kept free than may be', () => {
  const { length } = new Blocks(0).take('other').octets
  const blocks = new Blocks(2 * length)
  const taken = [1, 2, 3, 4].map(() => blocks.take('other'))
  for (const block of taken) blocks.giveBack(block)
  const again = [1, 2, 3, 4].map(() => blocks.take('other'))
  assert.deepEqual(
    again.map(block => taken.includes(block)),
    [true, true, false, false],
  )
  // What was taken made room.
  for (const block of again) blocks.giveBack(block)
  assert.ok(again.includes(blocks.take('other')))
})
