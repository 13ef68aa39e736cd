/** Replies from bytes: what is one, what is none, and how much is too much. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ReplyReader } from '../../../src/deliver/reply-reader.ts'

function readAll(bytes: string) {
  const reader = new ReplyReader()
  const replies = reader.read(bytes)
  return { replies, fault: reader.fault, isEmpty: reader.isEmpty }
}

describe('reply reader', () => {
  it('reads single, bare and multi-line replies', () => {
    const { replies, fault, isEmpty } = readAll(
      '250 2.1.5 ok\r\n354\r\n250-a\r\n250-\r\n250 c\r\n550-5.1.1 no\r\n550 5.1.1 such\r\n',
    )
    assert.deepEqual(replies, [
      { code: 250, enhanced: '2.1.5', lines: ['ok'] },
      { code: 354, enhanced: undefined, lines: [''] },
      { code: 250, enhanced: '2.0.0', lines: ['a', '', 'c'] },
      { code: 550, enhanced: '5.1.1', lines: ['no', 'such'] },
    ])
    assert.equal(fault, undefined)
    assert.ok(isEmpty)
  })

  it('knows a reply again, but not in the midst of another one', () => {
    const ok = '250 2.1.5 ok\r\n'
    const { replies, fault } = readAll(`${ok}${ok}250-2.1.5 a\r\n${ok}${ok}250 2.1.5 ok too\r\n`)
    assert.deepEqual(
      replies.map(({ lines }) => lines),
      [['ok'], ['ok'], ['a', 'ok'], ['ok'], ['ok too']],
    )
    assert.equal(fault, undefined)
    assert.equal(readAll(`${ok}354-go\r\n${ok}`).fault, 'two codes in one reply')
  })

  it('waits for the rest of a line and of a reply', () => {
    const reader = new ReplyReader()
    assert.deepEqual(reader.read('250-a\r\n25'), [])
    assert.ok(!reader.isEmpty)
    assert.equal(reader.read('0 b\r')[0], undefined)
    assert.deepEqual(reader.read('\n')[0]?.lines, ['a', 'b'])
    assert.ok(reader.isEmpty)
  })

  it('is not empty between the lines of a reply', () => {
    assert.ok(!readAll('250-a\r\n').isEmpty)
  })

  const faulty: readonly (readonly [string, string, RegExp])[] = [
    ['no code', 'hello\r\n', /malformed/],
    ['1xx', '150 x\r\n', /malformed/],
    ['6xx', '650 x\r\n', /malformed/],
    ['two digits', '25 x\r\n', /malformed/],
    ['no blank', '250x\r\n', /malformed/],
    ['an empty line', '\r\n', /malformed/],
    ['a bare LF', '250 x\n', /without CR/],
    ['two codes', '250-a\r\n550 b\r\n', /two codes/],
    ['a long line', `250 ${'x'.repeat(4091)}\r\n`, /over 4096/],
    ['a long line without end', `250 ${'x'.repeat(4092)}`, /over 4096/],
    ['too many lines', '250-x\r\n'.repeat(100), /over 100 lines/],
    ['too many octets', `250-${'x'.repeat(4000)}\r\n`.repeat(17), /over 65536/],
  ]
  for (const [name, bytes, problem] of faulty)
    it(`refuses ${name}, but keeps the replies before it and takes none after it`, () => {
      const { replies, fault } = readAll(`250 first\r\n${bytes}250 later\r\n`)
      assert.match(fault ?? '', problem)
      assert.deepEqual(
        replies.map(reply => reply.lines),
        [['first']],
      )
    })

  it('takes the longest line and the longest reply', () => {
    assert.equal(readAll(`250 ${'x'.repeat(4090)}\r\n`).replies.length, 1)
    assert.equal(readAll(`${'250-x\r\n'.repeat(99)}250 x\r\n`).replies.length, 1)
  })

  it('gives no reply after a fault', () => {
    const reader = new ReplyReader()
    reader.read('nonsense\r\n')
    assert.deepEqual(reader.read('250 ok\r\n'), [])
  })
})
