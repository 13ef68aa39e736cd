import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseSize, parseTime, sizeText } from '../../src/units.ts'

describe('sizes', () => {
  it('are octets, or 1024-fold units in either case, with or without B', () => {
    assert.equal(parseSize('0'), 0)
    assert.equal(parseSize('700'), 700)
    assert.equal(parseSize('500K'), 512_000)
    assert.equal(parseSize('50mb'), 52_428_800)
    assert.equal(parseSize('1G'), 1_073_741_824)
    assert.equal(parseSize('1Gb'), 1_073_741_824)
  })

  it('are nothing else', () => {
    for (const text of ['', 'B', '5B', '-1', '1.5M', '5 MB', '5T', '0x10', '1e3', '999999999999999G', '１'])
      assert.equal(parseSize(text), undefined, text)
  })

  it('read well', () => {
    assert.equal(sizeText(52_428_800), '50MB')
    assert.equal(sizeText(1536), '1.5KB')
    assert.equal(sizeText(3), '3 octets')
  })
})

describe('times', () => {
  it('have one unit in lower case', () => {
    assert.equal(parseTime('30s'), 30_000)
    assert.equal(parseTime('4m'), 240_000)
    assert.equal(parseTime('1h'), 3_600_000)
    assert.equal(parseTime('7d'), 604_800_000)
    assert.equal(parseTime('2w'), 1_209_600_000)
  })

  it('are nothing else', () => {
    for (const text of ['', '30', '30S', '4M', '1.5h', '-1s', '4 m', 'm', '10000000000s', 'toString'])
      assert.equal(parseTime(text), undefined, text)
  })
})
