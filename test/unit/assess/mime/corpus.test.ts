import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { plain, samples, structureOf } from './corpus.ts'

describe('MIME facts of test/messages/mime', () => {
  for (const { name, message, expected } of samples) {
    it(name, async () => assert.deepEqual(plain(await structureOf(message)), expected))
  }

  it('are the same in whatever pieces the message comes', async () => {
    for (const { name, message, expected } of samples) {
      for (const size of [1, 2, 7])
        assert.deepEqual(plain(await structureOf(message, size)), expected, `${name} by ${size}`)
    }
  })
})
