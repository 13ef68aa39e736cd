import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { formatReply, prepared, receivedReply, reply, replyText } from '../../src/reply.ts'

describe('a reply (WIRE 28, 29)', () => {
  it('is written with its enhanced code on every line', () => {
    assert.equal(formatReply(reply(250, '2.1.5', 'Ok')), '250 2.1.5 Ok\r\n')
    assert.equal(formatReply(reply(550, '5.1.1', 'No', 'Really')), '550-5.1.1 No\r\n550 5.1.1 Really\r\n')
    assert.equal(formatReply(reply(354, undefined, 'Go')), '354 Go\r\n')
  })

  it('that was prepared is written in the same way', () => {
    const made = reply(250, '2.1.5', 'Ok', 'Grüße')
    const before = formatReply(made)
    assert.equal(formatReply(prepared(made)), before)
    assert.equal(formatReply(reply(250, '2.1.5', 'Ok')), '250 2.1.5 Ok\r\n')
  })

  it('cannot be split, and no line is longer than 512 octets', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 1500 }), { minLength: 1, maxLength: 4 }), lines => {
        const written = formatReply(reply(550, '5.7.1', ...lines)).split('\r\n')
        assert.equal(written.pop(), '')
        for (const [i, line] of written.entries()) {
          assert.match(line, i === written.length - 1 ? /^550 5\.7\.1 [ -~]*$/ : /^550-5\.7\.1 [ -~]*$/)
          assert.ok(line.length <= 510)
        }
      }),
    )
  })

  it('that was received keeps its code and text', () => {
    assert.deepEqual(
      receivedReply(550, ['5.1.1 <x> Unknown', '5.1.1 see there']),
      reply(550, '5.1.1', '<x> Unknown', 'see there'),
    )
    assert.deepEqual(receivedReply(250, ['2.0.0']), reply(250, '2.0.0', ''))
  })

  it('gets the general code of its class where it has none that fits', () => {
    assert.deepEqual(receivedReply(550, ['Unknown']), reply(550, '5.0.0', 'Unknown'))
    assert.deepEqual(receivedReply(451, ['5.1.1 odd']), reply(451, '4.0.0', '5.1.1 odd'))
    assert.deepEqual(receivedReply(250, []), reply(250, '2.0.0', ''))
    assert.equal(receivedReply(354, ['go']).enhanced, undefined)
  })

  it('is one printable line in a log', () => {
    assert.equal(replyText(reply(550, '5.1.1', 'a\r\nb', 'c\x1b')), '550 5.1.1 a??b c?')
  })
})
