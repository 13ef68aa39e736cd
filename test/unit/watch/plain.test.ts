import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { bracketed, plain, quoted } from '../../../src/watch/plain.ts'

describe('text for the log', () => {
  it('escapes what is not printable ASCII', () => {
    assert.equal(plain('a\r\nb\tc\x7f\x00'), 'a\\x0d\\x0ab\\x09c\\x7f\\x00')
    assert.equal(plain('\xc3\xa9 €😀'), '\\xc3\\xa9 \\u{20ac}\\u{1f600}')
    assert.equal(plain('back\\slash'), 'back\\\\slash')
  })

  it('is printable ASCII and bounded, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), text => {
        for (const made of [plain(text, 40), bracketed(text), quoted(text, 40)]) assert.match(made, /^[\x20-\x7e]*$/)
        assert.ok(plain(text, 40).length <= 40 * 9 + 3)
      }),
    )
  })

  it('keeps brackets and quotes for us', () => {
    assert.equal(bracketed('"a>, status=sent (b"@x'), '<"a\\x3e, status=sent (b"@x>')
    assert.equal(bracketed(''), '<>')
    assert.equal(quoted('rules/a.yaml:3'), 'rules/a.yaml:3')
    assert.equal(quoted('x", to=<y>'), '"x\\", to=\\x3cy>"')
    assert.equal(quoted(''), '""')
  })
})
