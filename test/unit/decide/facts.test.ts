import assert from 'node:assert/strict'
import { it } from 'node:test'
import { isNothingLearned, nothingLearned } from '../../../src/decide/facts.ts'

it('something is learned as soon as one fact is, whichever', () => {
  assert.ok(isNothingLearned({ ...nothingLearned }))
  const unknown = { state: 'unknown', why: { kind: 'down', words: 'x' } } as const
  for (const name of Object.keys(nothingLearned))
    assert.ok(!isNothingLearned({ ...nothingLearned, [name]: unknown }), name)
})
