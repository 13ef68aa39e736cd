import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { headerPrefix } from '../../../src/deliver/prefix.ts'

const trace = {
  by: 'gate.example',
  peer: { name: 'mx.example', address: '192.0.2.1' as string | undefined },
  id: 'a.1',
  forPath: undefined as string | undefined,
  date: new Date('2026-11-22T06:00:00Z'),
}

function prefix(changes: Partial<typeof trace>, headers: readonly { name: string; text: string }[] = []): string {
  return headerPrefix({ ...trace, ...changes }, headers).toString('latin1')
}

describe('the trace field (WIRE 49)', () => {
  it('says from whom, by whom, with LMTP, and when', () => {
    assert.equal(
      prefix({}),
      'Received: from mx.example ([192.0.2.1])\r\n\tby gate.example with LMTP id a.1;\r\n\tSun, 22 Nov 2026 06:00:00 +0000\r\n',
    )
    assert.match(prefix({ forPath: 'u@x.example' }), /id a\.1\r\n\tfor <u@x\.example>;/)
  })

  it('writes addresses as literals', () => {
    const literal = (address: string | undefined): string | undefined =>
      /from mx\.example ?(\S*)\r\n/.exec(prefix({ peer: { name: 'mx.example', address } }))?.[1]
    assert.equal(literal('::ffff:127.0.0.1'), '([127.0.0.1])')
    assert.equal(literal('2001:db8::1'), '([IPv6:2001:db8::1])')
    assert.equal(literal(undefined), '')
  })

  it('lets nothing in that a client made up', () => {
    const name = 'x (y);\r\nBcc: z'
    assert.match(prefix({ peer: { name, address: undefined } }), /^Received: from x\?\?y\?\?\?\?Bcc:\?z\r\n\tby/)
    assert.doesNotMatch(prefix({ forPath: 'a b@x' }), /for/)
  })
})

describe('added fields', () => {
  it('are encoded and folded, and never two lines of their own', () => {
    const text = prefix({}, [
      { name: 'X-Note', text: `Grüße\r\nX-Evil: 1 ${'lang '.repeat(40)}` },
      { name: 'X-Plain', text: 'yes' },
    ]).slice(prefix({}).length)
    for (const line of text.split('\r\n')) assert.match(line, /^(?:X-Note: |X-Plain: yes$|[ \t]|$)[ -~]*$/)
    assert.ok(text.split('\r\n').every(line => line.length <= 78))
    assert.match(text, /X-Plain: yes\r\n$/)
  })
})
