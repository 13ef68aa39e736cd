/** The size of what is deflated, told without unpacking it, beside what zlib unpacks. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { inflatedSize } from '../../../../src/assess/mime/content/inflated-size.ts'

/** As far as zlib can unpack it; undefined: it finds an error. */
function unpacked(packed: Uint8Array): number | undefined {
  try {
    return inflateRawSync(packed, { finishFlush: constants.Z_SYNC_FLUSH }).length
  } catch {
    return undefined
  }
}

/** Runs of all kinds: repeated pieces near and far, noise, few and many different octets. */
const content = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.nat({ max: 400 })), {
    minLength: 1,
    maxLength: 30,
  })
  .map(pieces => Buffer.concat(pieces.flatMap(([piece, times]) => Array.from({ length: times + 1 }, () => piece))))
const packing = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  memLevel: fc.integer({ min: 1, max: 9 }),
  strategy: fc.constantFrom(
    constants.Z_DEFAULT_STRATEGY,
    constants.Z_FILTERED,
    constants.Z_HUFFMAN_ONLY,
    constants.Z_RLE,
    constants.Z_FIXED,
  ),
})

describe('the size of deflated data', () => {
  it('is that of what it was made of', () => {
    const property = fc.property(content, packing, (octets, options) => {
      assert.equal(inflatedSize(deflateRawSync(octets, options), Infinity), octets.length, 'as it was')
    })
    fc.assert(property, { numRuns: 300 })
  })

  it('is told as far as it comes when it is cut short', () => {
    const property = fc.property(
      content,
      packing,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (octets, options, part) => {
        const whole = deflateRawSync(octets, options)
        const packed = whole.subarray(0, Math.floor(whole.length * part))
        assert.equal(inflatedSize(packed, Infinity), unpacked(packed), 'as zlib')
      },
    )
    fc.assert(property, { numRuns: 300 })
  })

  it('is never less than what zlib makes of data that was tampered with', () => {
    const property = fc.property(content, packing, fc.nat(), fc.nat({ max: 255 }), (octets, options, at, octet) => {
      const packed = Buffer.from(deflateRawSync(octets, options))
      packed[at % packed.length] = octet
      const size = unpacked(packed)
      if (size !== undefined) assert.ok(inflatedSize(packed, Infinity) >= size, `at least ${size}`)
    })
    fc.assert(property, { numRuns: 500 })
  })

  it('takes any octets for what they are, and stops behind the bound', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), octets => void inflatedSize(octets, 1_000_000)),
      { numRuns: 2000 },
    )
    const zeros = deflateRawSync(Buffer.alloc(10_000_000))
    const size = inflatedSize(zeros, 1_000_000)
    assert.ok(size > 1_000_000 && size < 1_001_000, String(size))
  })
})
