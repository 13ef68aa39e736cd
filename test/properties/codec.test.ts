/** What deliver/ writes and reads is the same however the bytes are cut. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DotStuffing } from '../../src/deliver/dot-stuffing.ts'
import { ReplyReader } from '../../src/deliver/reply-reader.ts'
import { receivedReply, type Reply } from '../../src/reply.ts'

/** `text` in pieces, cut at the places that `cuts` (0 to 1) say. */
function cut(text: string, cuts: readonly number[]): string[] {
  const places = [...new Set(cuts.map(place => Math.floor(place * (text.length + 1))))].sort((a, b) => a - b)
  const pieces: string[] = []
  let start = 0
  for (const place of [...places, text.length]) {
    pieces.push(text.slice(start, place))
    start = place
  }
  return pieces
}

const cuts = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { maxLength: 12 })

describe('replies', () => {
  const code = fc.integer({ min: 200, max: 599 })
  const enhanced = fc.constantFrom('', '2.1.5 ', '4.2.2 ', '5.7.1 ')
  const words = fc.string({
    unit: fc.integer({ min: 32, max: 126 }).map(octet => String.fromCharCode(octet)),
    maxLength: 30,
  })
  const texts = fc
    .tuple(enhanced, fc.array(words, { minLength: 1, maxLength: 5 }))
    .map(([prefix, lines]) => lines.map(line => prefix + line))
  const written = fc.tuple(code, texts)

  function wire(number: number, lines: readonly string[]): string {
    return lines.map((line, i) => `${number}${i === lines.length - 1 ? ' ' : '-'}${line}\r\n`).join('')
  }

  function read(pieces: readonly string[]): { replies: Reply[]; fault: string | undefined; isEmpty: boolean } {
    const reader = new ReplyReader()
    const replies = pieces.flatMap(piece => [...reader.read(piece)])
    return { replies, fault: reader.fault, isEmpty: reader.isEmpty }
  }

  it('come back as they were written, whole, octet by octet and in any pieces', () => {
    fc.assert(
      fc.property(fc.array(written, { maxLength: 6 }), cuts, (all, places) => {
        const bytes = all.map(([number, lines]) => wire(number, lines)).join('')
        const expected = all.map(([number, lines]) => receivedReply(number, lines))
        for (const pieces of [[bytes], bytes.split(''), cut(bytes, places)])
          assert.deepEqual(read(pieces), { replies: expected, fault: undefined, isEmpty: true })
      }),
      { numRuns: 300 },
    )
  })

  it('and garbage are told apart at the same octet however they are cut', () => {
    const soup = fc
      .array(
        fc.constantFrom('250 ok\r\n', '250-a\r\n', '550 b\r\n', '250', '-', ' ', '\r', '\n', '9', 'x', '\0', '\xff'),
        {
          maxLength: 14,
        },
      )
      .map(parts => parts.join(''))
    fc.assert(
      fc.property(soup, cuts, (bytes, places) => {
        const whole = read([bytes])
        for (const pieces of [bytes.split(''), cut(bytes, places)]) {
          const parts = read(pieces)
          assert.deepEqual(parts.replies, whole.replies)
          assert.equal(parts.fault, whole.fault)
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('dot-stuffing', () => {
  const message = fc.array(fc.constantFrom('.', '..', '\r\n', '\n', '\r', 'a', '\r\n.', '\n.\n', '\xff'), {
    maxLength: 30,
  })

  function encode(pieces: readonly string[]): string {
    const stuffing = new DotStuffing()
    const out = pieces.map(piece => Buffer.from(stuffing.encode(Buffer.from(piece, 'latin1'))))
    return Buffer.concat([...out, stuffing.end()]).toString('latin1')
  }

  it('round-trips in any pieces, and nothing ends the data before its end', () => {
    fc.assert(
      fc.property(
        message.map(parts => parts.join('')),
        cuts,
        (text, places) => {
          const encoded = encode([text])
          const [bytes, pieces] = [encode(text.split('')), encode(cut(text, places))]
          assert.equal(bytes, encoded)
          assert.equal(pieces, encoded)
          assert.ok(encoded.endsWith('.\r\n'))
          // As a server reads that takes every LF for the end of a line: one dot off each line, the end at a dot alone.
          const lines = encoded.slice(0, -3).split('\n')
          assert.ok(lines.every(line => !/^\.\r?$/.test(line)))
          const decoded = lines.map(line => (line.startsWith('.') ? line.slice(1) : line)).join('\n')
          assert.equal(decoded, text === '' || text.endsWith('\r\n') ? text : `${text}\r\n`)
        },
      ),
      { numRuns: 500 },
    )
  })
})
