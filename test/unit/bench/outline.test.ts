import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { envelopes } from '../../bench/clients/envelope.ts'
import { nextHead, outlineOf, type Content } from '../../bench/clients/outline.ts'

function whole(content: Content): string {
  const { opening, block, blocks } = outlineOf(content)
  return nextHead() + opening.toString('latin1') + block.toString('latin1').repeat(blocks)
}

describe('a message of the benchmark', () => {
  it('is as large as it says, and nearly as large as was asked', () => {
    for (const size of [5_000, 100_000, 1_000_000]) {
      for (const kind of ['text', 'dots', 'bare LF'] as const) {
        const content = { kind, size } as const
        assert.equal(whole(content).length, outlineOf(content).octets)
        assert.ok(Math.abs(outlineOf(content).octets - size) < size / 50, `${kind} ${size}`)
      }
    }
  })

  it('of text is regular: no stray newline, no line that begins with a dot', () => {
    assert.match(whole({ kind: 'text', size: 100_000 }), /^(?:(?!\.)[^\r\n]*\r\n)+$/)
  })

  it('has as many fields or parts as were asked for', () => {
    const fields = whole({ kind: 'headers', count: 100_000 }).match(/^X-Field-Of-Many: /gm)?.length ?? 0
    const parts = whole({ kind: 'parts', count: 10_000 }).match(/^--b\r$/gm)?.length ?? 0
    assert.ok(Math.abs(fields - 100_000) < 500)
    assert.ok(Math.abs(parts - 10_000) < 50)
  })

  it('is another one each time', () => {
    const heads = new Set(Array.from({ length: 1000 }, () => nextHead()))
    assert.equal(heads.size, 1000)
    assert.equal(new Set([...heads].map(head => head.length)).size, 1)
  })
})

describe('an envelope of the benchmark', () => {
  it('names recipients as smtp-source does', () => {
    const { text, count } = envelopes({ kind: 'same', count: 3, domain: 'x.test' })()
    assert.equal(count, 3)
    const rcpts = ['u', '2u', '3u'].map(local => `RCPT TO:<${local}@x.test>\r\n`)
    assert.equal(text, `MAIL FROM:<x@sender.test>\r\n${rcpts.join('')}DATA\r\n`)
  })

  it('has one of many persons, a thousand in each domain', () => {
    const next = envelopes({ kind: 'random', among: 100_000 })
    const seen = new Set(Array.from({ length: 100 }, () => /<p(\d+)@d(\d+)\.test>/.exec(next().text)?.slice(1).join()))
    assert.ok(seen.size > 50)
    for (const pair of seen) {
      const [person = '', domain = ''] = pair?.split(',') ?? []
      assert.equal(Math.floor(Number(person) / 1000), Number(domain))
    }
  })
})
