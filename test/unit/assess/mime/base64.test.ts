/** Short base64 is decoded as mailparser decodes what is long: held against mailparser itself. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { AttachmentParser } from '../../../../src/assess/mime/content/attachment-parser.ts'
import { decoderFor } from '../../../../src/assess/mime/content/decoders.ts'
import { Findings } from '../../../../src/assess/mime/findings.ts'
import { usualLimits } from '../../../../src/assess/mime/limits.ts'

const digit = fc.constantFrom('A', 'B', 'C', 'Z', 'a', 'b', 'z', '0', '1', '9', '+', '/')
const other = fc.constantFrom('=', '==', '-', '_', '*', '\0', '\x0b', '\xc1', '\xbd', '\xff')
const text = fc
  .array(fc.oneof({ weight: 5, arbitrary: digit }, { weight: 1, arbitrary: other }), { maxLength: 40 })
  .map(list => list.join(''))

async function decoded(texts: readonly string[]): Promise<Buffer> {
  const decoder = decoderFor('base64', new Findings(usualLimits, 1_000_000))
  for (const piece of texts) {
    decoder.write(Buffer.from(piece, 'latin1'))
    await decoder.drained()
  }
  return decoder.end()
}

async function mailparsers(whole: string): Promise<Buffer> {
  const parser = new AttachmentParser(1_000_000)
  parser.write(whole)
  await parser.drained()
  return (await parser.end()) ?? assert.fail('mailparser failed')
}

describe('base64', () => {
  it('is decoded as by mailparser, in any pieces', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 4 }), async texts => {
        const whole = texts.join('')
        assert.deepEqual(await decoded(texts), whole === '' ? Buffer.alloc(0) : await mailparsers(whole))
      }),
      { numRuns: 500 },
    )
  })

  it('is decoded alike around the length from which it is mailparser that decodes', async () => {
    for (const length of [65_535, 65_536, 65_537, 200_000]) {
      const whole = Buffer.alloc(length, 'a%b=c').toString('latin1')
      const pieces = [whole.slice(0, 50_001), whole.slice(50_001, 65_537), whole.slice(65_537)]
      const expected = await mailparsers(whole)
      assert.deepEqual(await decoded([whole]), expected)
      assert.deepEqual(await decoded(pieces), expected)
    }
  })
})
