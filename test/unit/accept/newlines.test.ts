import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Newlines } from '../../../src/accept/newlines.ts'

function run(dots: boolean, chunks: readonly string[]): { out: string; taken: number; ended: boolean; stray: boolean } {
  let out = ''
  const newlines = new Newlines(dots, bytes => {
    out += Buffer.from(bytes).toString('latin1')
  })
  let taken = 0
  for (const [n, chunk] of chunks.entries()) {
    if (newlines.ended) break
    // Where a chunk begins in memory is not for us to choose.
    const memory = Buffer.concat([Buffer.alloc(n % 4), Buffer.from(chunk, 'latin1')])
    taken += newlines.write(memory.subarray(n % 4))
  }
  if (!dots) newlines.end()
  assert.equal(newlines.isDotless, dots && !`\n${out}`.includes('\n.'))
  return { out, taken, ended: newlines.ended, stray: newlines.stray }
}

/** The same, one character at a time and plainly. */
function model(text: string, dots = true): ReturnType<typeof run> {
  let out = ''
  let lineStart = true
  let stray = false
  for (let at = 0; at < text.length;) {
    const rest = text.slice(at)
    if (dots && lineStart && rest.startsWith('.\r\n')) return { out, taken: at + 3, ended: true, stray }
    if (dots && lineStart && rest.startsWith('.')) {
      if (rest === '.' || rest === '.\r') break
      at += 1
      lineStart = false
    } else if (rest.startsWith('\r\n')) {
      out += '\r\n'
      at += 2
      lineStart = true
    } else if (rest === '\r') {
      break
    } else {
      stray ||= rest.startsWith('\r') || rest.startsWith('\n')
      out += rest.startsWith('\r') ? ' ' : rest.startsWith('\n') ? '\r\n' : (rest[0] ?? '')
      at += 1
      lineStart = false
    }
  }
  return { out, taken: text.length, ended: false, stray }
}

describe('content of DATA', () => {
  it('ends with CRLF . CRLF alone (WIRE 23)', () => {
    assert.deepEqual(run(true, ['a\r\n.\r\nQUIT\r\n']), { out: 'a\r\n', taken: 6, ended: true, stray: false })
    assert.deepEqual(run(true, ['.\r\n']), { out: '', taken: 3, ended: true, stray: false })
    for (const trick of ['\n.\n', '\n.\r\n', '\r\n.\n', '\r.\r', '\r\n.\r', '\r.\r\n', '\r\n\0.\r\n', '\r\n.\0\r\n']) {
      assert.equal(run(true, [`a${trick}MAIL FROM:<>\r\n`]).ended, false, JSON.stringify(trick))
    }
  })

  it('loses stuffed dots after CRLF, and no others', () => {
    assert.equal(run(true, ['..\r\n...x\r\n.y\r\na..b\r\n']).out, '.\r\n..x\r\ny\r\na..b\r\n')
    assert.equal(run(true, ['a\n..b\r\n']).out, 'a\r\n..b\r\n')
  })

  it('has its stray newlines mended (WIRE 24)', () => {
    assert.deepEqual(run(true, ['a\nb\rc\r\r\nd\r\n']), {
      out: 'a\r\nb c \r\nd\r\n',
      taken: 11,
      ended: false,
      stray: true,
    })
    assert.equal(run(true, ['a\r\nb\r\n']).stray, false)
  })

  it('reads the same in any pieces', () => {
    const token = fc.constantFrom(
      ...['\r', '\n', '.', '\r\n', '\r\n.', '..', 'a', '\0', '\r\n.\r\n'],
      'x'.repeat(40),
      '\n'.repeat(11),
      '..\r\n'.repeat(9),
    )
    const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(fc.array(token, { maxLength: 30 }), sizes, (tokens, cuts) => {
        const text = tokens.join('')
        const chunks: string[] = []
        for (let at = 0, i = 0; at < text.length; i += 1) {
          const size = cuts[i % cuts.length] ?? 1
          chunks.push(text.slice(at, at + size))
          at += size
        }
        assert.deepEqual(run(true, chunks), model(text))
      }),
      { numRuns: 2000 },
    )
  })

  it('reads the same where there are thousands of bare LF or lines of two dots, whatever stands around them', () => {
    const lines = fc
      .tuple(
        fc.constantFrom(4095, 4096, 4097, 8192, 70_000),
        fc.constantFrom('', '\r', '.', '\r\n', '\r\n.', '\r\n.\r', 'a'),
        fc.constantFrom('\n', '..\r\n'),
      )
      .map(([many, before, line]) => before + line.repeat(many))
    const token = fc.oneof(
      lines,
      fc.constantFrom('\r', '.', '\n.', '\n.\n', '\n.\r\n', '\r\n.', '..', 'a', '\r\n.\r\n'),
    )
    const size = fc.constantFrom(777, 4095, 4096, 4097, 65_536, 200_000)
    fc.assert(
      fc.property(fc.array(token, { minLength: 1, maxLength: 6 }), size, fc.nat(9000), (tokens, most, first) => {
        const text = tokens.join('')
        const chunks = first > 0 ? [text.slice(0, first)] : []
        for (let at = first; at < text.length; at += most) chunks.push(text.slice(at, at + most))
        const { out, ...rest } = run(true, chunks)
        const { out: wanted, ...expected } = model(text)
        assert.ok(out === wanted, 'the same octets')
        assert.deepEqual(rest, expected)
      }),
      { numRuns: 150 },
    )
  })

  it('reads the same wherever something irregular stands among regular lines', () => {
    const line = fc.integer({ min: 0, max: 100 }).map(length => 'x'.repeat(length) + '\r\n')
    const regular = fc.oneof(
      line,
      fc.tuple(line, fc.constantFrom(50, 80, 5000)).map(([text, many]) => text.repeat(many)),
      fc.constantFrom(13, 14, 15, 16, 17, 4079, 4080, 4094, 4095, 4096).map(length => 'y'.repeat(length)),
    )
    const irregular = fc.constantFrom('\r', '\n', '\r\r\n', '\n\r\n', '.', '..', '\r\n.', '\r\n.\r', '.\r\n')
    const text = fc.array(fc.tuple(regular, irregular), { minLength: 1, maxLength: 5 })
    const size = fc.constantFrom(100, 4096, 5000, 65_536, 1_000_000)
    fc.assert(
      fc.property(text, size, fc.boolean(), (parts, most, dots) => {
        const whole = `${parts.flat().join('')}\r\n`
        const chunks: string[] = []
        for (let at = 0; at < whole.length; at += most) chunks.push(whole.slice(at, at + most))
        const { out, ...rest } = run(dots, chunks)
        const { out: wanted, ...expected } = model(whole, dots)
        assert.ok(out === wanted, 'the same octets')
        assert.deepEqual(rest, expected)
      }),
      { numRuns: 500 },
    )
  })

  it('tells of stray newlines where there are nothing else, and looks for dots behind them as the sender wrote them', () => {
    const lines = '\n'.repeat(10_000)
    const mended = '\r\n'.repeat(10_000)
    assert.deepEqual(run(true, [lines]), { out: mended, taken: 10_000, ended: false, stray: true })
    assert.equal(run(true, [`${lines}.\r\n..\n`]).out, `${mended}.\r\n.\r\n`)
    assert.equal(run(true, [`\r${lines}.\r\n`]).out, `${mended}.\r\n`)
    assert.equal(run(true, ['a\r', `${lines}.\r\n.`, '\r\n']).out, `a${mended}.\r\n`)
    assert.equal(run(true, [`\r\n.${lines}`]).out, `\r\n${mended}`)
    assert.equal(run(true, ['\r\n.\r', `${lines}QUIT\r\n`]).taken, 5)
    assert.equal(run(false, [`.${lines}`, `.${lines}`]).out, `.${mended}.${mended}`)
  })
})

describe('content of BDAT', () => {
  it('has no dots and no end of its own', () => {
    assert.deepEqual(run(false, ['..a\r\n.\r\n', '.\r\n']), {
      out: '..a\r\n.\r\n.\r\n',
      taken: 11,
      ended: false,
      stray: false,
    })
  })

  it('gets a last CRLF once if it lacks one', () => {
    for (const [text, out] of [
      ['a', 'a\r\n'],
      ['a\r\n', 'a\r\n'],
      ['a\n', 'a\r\n'],
      ['a\r', 'a \r\n'],
      ['', ''],
    ] as const) {
      assert.equal(run(false, [text]).out, out, JSON.stringify(text))
    }
  })
})
