import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { evidenceText, factText } from '../../../src/decide/fact-text.ts'
import { known, nothingLearned } from '../../../src/decide/facts.ts'
import type { Fact } from '../../../src/decide/facts.ts'

/** Counts how often it becomes JSON. */
function counted(value: string): { readonly fact: Fact<unknown>; readonly times: () => number } {
  let times = 0
  const fact = known({ toJSON: () => ((times += 1), value) })
  return { fact, times: () => times }
}

describe('a fact as text', () => {
  it('is made once if it is long', () => {
    const { fact, times } = counted('x'.repeat(2000))
    const text = factText(fact)
    assert.equal(text, JSON.stringify({ state: 'known', value: 'x'.repeat(2000) }))
    assert.equal(times(), 1)
    assert.equal(factText(fact), text)
    assert.equal(times(), 1)
  })

  it('is not kept if it is short', () => {
    const { fact, times } = counted('x')
    assert.equal(factText(fact), factText(fact))
    assert.equal(times(), 2)
  })
})

describe('evidence as text', () => {
  it('is what JSON makes of it', () => {
    const evidence = {
      ...nothingLearned,
      size: known(5),
      received: known(undefined),
      from: known([{ local: '"é', domain: 'x' }]),
    }
    assert.equal(evidenceText(evidence), JSON.stringify(evidence))
  })
})
