import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { QuotedPrintable } from '../../../../src/assess/mime/content/quoted-printable.ts'

function decode(text: string, size = 1_000_000): string {
  const decoder = new QuotedPrintable()
  const bytes = Buffer.from(text, 'latin1')
  const out: string[] = []
  for (let at = 0; at < bytes.length; at += size)
    out.push(decoder.write(bytes.subarray(at, at + size)).toString('latin1'))
  return out.join('') + decoder.end().toString('latin1')
}

/** Line by line, all at once (RFC 2045 §6.7). */
function model(text: string): string {
  const lines = text.split('\n')
  return lines
    .map((line, index) => {
      const last = index === lines.length - 1
      const cr = !last && line.endsWith('\r') ? '\r' : ''
      const kept = line.slice(0, line.length - cr.length).replace(/[ \t]+$/, '')
      const soft = /(?<!=)=$/.test(kept) || /==$/.test(kept)
      const content = (soft ? kept.slice(0, -1) : kept).replace(/=([0-9a-f]{2})/gi, (_, hex: string) =>
        String.fromCharCode(parseInt(hex, 16)),
      )
      return content + (soft || last ? '' : `${cr}\n`)
    })
    .join('')
}

describe('Quoted-printable', () => {
  for (const [text, decoded] of [
    ['Gr=C3=BCn', 'Gr\xc3\xbcn'],
    ['one=\r\n two', 'one two'],
    ['one= \t\r\ntwo', 'onetwo'],
    ['blanks \t \r\nend', 'blanks\r\nend'],
    ['a b\tc', 'a b\tc'],
    ['=4g =g4 ==41', '=4g =g4 =A'],
    ['=\r\r\nx', '=\r\r\nx'],
    ['lone\rreturn', 'lone\rreturn'],
    ['at the end=', 'at the end'],
    ['at the end=4', 'at the end=4'],
    ['blanks at the end  ', 'blanks at the end'],
    ['LF=\nalone\n', 'LFalone\n'],
  ] as const) {
    it(JSON.stringify(text), () => assert.equal(decode(text), decoded))
  }

  it('is the same in whatever pieces it comes', () => {
    const text = fc.string({
      unit: fc.constantFrom('=', '4', '1', 'C', ' ', '\t', '\r', '\n', 'x', '\xff'),
      maxLength: 60,
    })
    fc.assert(fc.property(text, fc.integer({ min: 1, max: 9 }), (t, size) => assert.equal(decode(t, size), decode(t))))
  })

  it('agrees with a decoder that has all of it at once', () => {
    const text = fc.string({
      unit: fc.constantFrom('=41', '=\r\n', '\r\n', ' ', '\t', 'x', '=\n', '\n'),
      maxLength: 40,
    })
    fc.assert(fc.property(text, t => assert.equal(decode(t), model(t))))
  })

  it('takes a million blanks as they are', { timeout: 60_000 }, () => {
    const blanks = ' '.repeat(1_000_000)
    assert.equal(decode(`${blanks}x`, 1000), `${blanks}x`)
  })
})
