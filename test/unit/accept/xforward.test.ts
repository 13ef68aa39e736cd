import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readXforward, unknownClient } from '../../../src/accept/xforward.ts'

describe('XFORWARD (WIRE 8)', () => {
  it('is read, and added to by a second command', () => {
    const first = readXforward(' NAME=mx.example ADDR=192.0.2.1 PORT=4242', unknownClient)
    assert.ok(first)
    const both = readXforward(' PROTO=ESMTP HELO=mx+2Eexample IDENT=3F2504E0 SOURCE=REMOTE', first)
    assert.deepEqual(both, {
      name: 'mx.example',
      address: '192.0.2.1',
      port: '4242',
      proto: 'ESMTP',
      helo: 'mx.example',
      ident: '3F2504E0',
      source: 'REMOTE',
    })
  })

  it('says what is not known', () => {
    const client = readXforward(' NAME=[UNAVAILABLE] ADDR=[TEMPUNAVAIL] HELO=[UNAVAILABLE]', {
      ...unknownClient,
      helo: 'x',
    })
    assert.deepEqual(client, unknownClient)
    assert.equal(readXforward(' ADDR=IPv6:2001:db8::1', unknownClient)?.address, '2001:db8::1')
    assert.equal(readXforward(' ADDR=not-an-address', unknownClient)?.address, undefined)
  })

  it('is refused if it is broken', () => {
    for (const text of ['', ' ', ' NAME', ' =x', ' COLOUR=red', ' NAME=a+0', ' HELO=a\xe4', ' NAME=a+c3+a4']) {
      assert.equal(readXforward(text, unknownClient), undefined, text)
    }
  })

  it('has only printable octets in what it keeps: a client chooses its own HELO, and must not take the rest with it', () => {
    const client = readXforward(' HELO=b+C3+BCcher+0A.example IDENT=4F2B', unknownClient)
    assert.equal(client?.helo, 'b??cher?.example')
    assert.equal(client.ident, '4F2B')
  })

  it('bounds what it keeps', () => {
    assert.equal(readXforward(` HELO=${'x'.repeat(2000)}`, unknownClient)?.helo?.length, 255)
  })
})
