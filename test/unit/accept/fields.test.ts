import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Fields } from '../../../src/accept/fields.ts'

type Piece = { text: string; name: string | undefined; starts: boolean }

function cut(names: readonly string[], chunks: readonly string[]): Piece[] {
  const pieces: Piece[] = []
  const fields = new Fields(new Set(names), (bytes, name, starts) => {
    pieces.push({ text: Buffer.from(bytes).toString('latin1'), name, starts })
  })
  for (const chunk of chunks) {
    const bytes = Buffer.from(chunk, 'latin1')
    fields.write(bytes)
    // Its memory is the caller's again.
    bytes.fill('#')
  }
  fields.end()
  return pieces
}

/** All of one name together, and how many began. */
function summary(pieces: readonly Piece[], name: string | undefined): { text: string; fields: number } {
  const own = pieces.filter(piece => piece.name === name)
  return { text: own.map(piece => piece.text).join(''), fields: own.filter(piece => piece.starts).length }
}

const message = [
  'Received: one\r\n\tfolded\r\n',
  'X-Spam-Flag : NO\r\n and more\r\n',
  'x-SPAM-flag: YES\r\n',
  'Subject: X-Spam-Flag: no\r\n',
  'X-Spam-Flagged: no\r\n',
  'no colon here\r\n',
  'X-Spam-Flag: last\r\n',
  '\r\n',
  'X-Spam-Flag: in the body\r\n',
].join('')

describe('header fields', () => {
  it('are found by name: any case, blanks before the colon, folded; none in the body', () => {
    const pieces = cut(['x-spam-flag'], [message])
    assert.deepEqual(summary(pieces, 'x-spam-flag'), {
      text: 'X-Spam-Flag : NO\r\n and more\r\nx-SPAM-flag: YES\r\nX-Spam-Flag: last\r\n',
      fields: 3,
    })
  })

  it('are found whatever their length: of the name, of the line, of the blanks', () => {
    const long = `x-${'long-'.repeat(8)}name`
    const own = [
      `X: ${'1'.repeat(70)}\r\n`,
      `x\t\xa0 :${'2'.repeat(300)}\r\n`,
      `${long.toUpperCase()}: 3\r\n ${'4'.repeat(90)}\r\n`,
    ]
    const others = [`Y: ${'5'.repeat(90)}\r\n`, `${long}s: 6\r\n`, `${long.slice(1)}: 7\r\n`, '\xa0: 8\r\n', ': 9\r\n']
    const pieces = cut(['x', long], [own.join(others.join('')), others.join(''), '\r\nX: body\r\n'])
    const found = pieces.filter(({ name }) => name !== undefined).map(({ text }) => text)
    assert.deepEqual(found, own)
  })

  it('are one piece where nobody asks for any', () => {
    const [header, body, ...rest] = cut(['x-virus'], [message])
    assert.equal(header?.text.endsWith('last\r\n\r\n'), true)
    assert.equal(body?.text, 'X-Spam-Flag: in the body\r\n')
    assert.deepEqual(rest, [])
  })

  it('are the same in any pieces, and nothing is lost', () => {
    const line = fc.constantFrom(
      'A: b\r\n',
      'Key: v\r\n',
      ' more\r\n',
      '\tmore\r\n',
      'kEY:\r\n',
      'Key\r\n',
      '\r\n',
      `${'n'.repeat(120)}: x\r\n`,
      'Key',
      ':\n',
    )
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        (lines, cuts) => {
          const text = lines.join('')
          const chunks: string[] = []
          for (let at = 0, i = 0; at < text.length; i += 1) {
            const size = cuts[i % cuts.length] ?? 1
            chunks.push(text.slice(at, at + size))
            at += size
          }
          const whole = cut(['key'], [text])
          const pieces = cut(['key'], chunks)
          assert.equal(pieces.map(piece => piece.text).join(''), text)
          assert.deepEqual(summary(pieces, 'key'), summary(whole, 'key'))
        },
      ),
      { numRuns: 2000 },
    )
  })
})
