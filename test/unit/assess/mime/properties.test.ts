import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { plain, samples, structureOf, structureOfBeginning } from './corpus.ts'

/** What hostile messages are made of, put together without sense. */
const token = fc.constantFrom(
  ...[
    '--b',
    '--b--',
    '--',
    'b',
    '\r\n',
    '\n',
    '\r',
    ' ',
    '\t',
    ';',
    '=',
    '"',
    '(',
    ')',
    '\\',
    '\0',
    '\xfc',
    ':',
    "'",
    '%41',
    '*',
  ],
  ...[
    'Content-Type: ',
    'Content-Disposition: attachment',
    'Content-Transfer-Encoding: base64',
    '\r\n\r\n',
    '\r\n--b\r\n',
  ],
  ...[
    'multipart/mixed',
    'multipart/digest',
    'message/rfc822',
    'text/plain',
    'application/zip',
    '; boundary=b',
    '; boundary="c"',
  ],
  ...[
    '; filename=',
    '; name*0*=',
    '; filename*=',
    "utf-8''a",
    '=?utf-8?b?YQ==?=',
    '.exe',
    'UEsDBA==',
    '=\r\n',
    'quoted-printable',
  ],
)
const tokens = fc.array(token, { maxLength: 60 }).map(list => Buffer.from(list.join(''), 'latin1'))

/** A sample with some octets changed, cut out or put twice. */
const mutant = fc
  .tuple(
    fc.constantFrom(...samples),
    fc.array(fc.tuple(fc.nat(), fc.constantFrom('flip', 'cut', 'twice'), fc.nat(255)), { minLength: 1, maxLength: 8 }),
  )
  .map(([{ message }, changes]) => {
    let bytes = Buffer.from(message)
    for (const [place, change, value] of changes) {
      const at = place % Math.max(1, bytes.length)
      if (bytes.length === 0) break
      if (change === 'flip') bytes.writeUInt8(value, at)
      else if (change === 'cut') bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + (value % 40))])
      else bytes = Buffer.concat([bytes.subarray(0, at + (value % 40)), bytes.subarray(at)])
    }
    return bytes
  })

describe('MIME facts of any octets', () => {
  for (const [what, message, numRuns] of [
    ['tokens', tokens, 400],
    ['mutated samples', mutant, 400],
    ['octets', fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes)), 100],
  ] as const) {
    it(`never fail, are fit to be shown, and are the same in any pieces: ${what}`, async () => {
      await fc.assert(
        fc.asyncProperty(message, fc.integer({ min: 1, max: 50 }), async (bytes, size) => {
          const whole = await structureOf(bytes)
          assert.deepEqual(plain(await structureOf(bytes, size)), plain(whole))
          assert.deepEqual(plain(await structureOfBeginning(bytes, size)), plain(whole))
          for (const { names, inner, types } of whole.attachments) {
            for (const text of [...names, ...inner, ...types]) {
              assert.doesNotMatch(text, /[\p{Cc}\p{Cs}]/u)
              assert.equal(text, text.normalize('NFC'))
              assert.notEqual(text, '')
            }
          }
          assert.match(`${whole.ambiguous} ${whole.unreadable}`, /^[\x20-\x7e]*$/)
        }),
        { numRuns },
      )
    })
  }

  it('are unreadable where a bound cut them short, never less than that', async () => {
    for (const { name, message } of samples) {
      const whole = await structureOf(message)
      for (const limits of [
        { parts: 1 },
        { depth: 1 },
        { header: 60 },
        { entries: 0 },
        { archives: 0 },
        { inflated: 0 },
      ]) {
        const { attachments, unreadable } = await structureOf(message, 65_536, limits)
        const known = (list: typeof attachments) => list.flatMap(({ names, inner }) => [...names, ...inner]).length
        assert.ok(
          known(attachments) >= known(whole.attachments) || unreadable !== undefined,
          `${name} ${JSON.stringify(limits)}`,
        )
      }
    }
  })
})
