import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readProxyHeader } from '../../../src/accept/proxy-header.ts'

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')
const signature = latin1('\r\n\r\n\0\r\nQUIT\n')

function binary(command: number, family: number, rest: readonly number[]): Buffer {
  const head = Buffer.from([command, family, rest.length >> 8, rest.length & 255])
  return Buffer.concat([signature, head, Buffer.from(rest)])
}

const four = [192, 0, 2, 1, 192, 0, 2, 2, 16, 146, 0, 24]
const six = [0x20, 1, 0xd, 0xb8, ...Array<number>(11).fill(0), 7, ...Array<number>(16).fill(0), 16, 146, 0, 24]
const mapped = [...Array<number>(10).fill(0), 255, 255, 192, 0, 2, 1, ...Array<number>(20).fill(0)]

const good: readonly { readonly name: string; readonly header: Buffer; readonly address: string | undefined }[] = [
  { name: 'TCP4', header: latin1('PROXY TCP4 192.0.2.1 192.0.2.2 4242 24\r\n'), address: '192.0.2.1' },
  { name: 'TCP6', header: latin1('PROXY TCP6 2001:db8::7 2001:db8::1 4242 24\r\n'), address: '2001:db8::7' },
  { name: 'UNKNOWN', header: latin1('PROXY UNKNOWN\r\n'), address: undefined },
  { name: 'UNKNOWN with addresses', header: latin1('PROXY UNKNOWN ::1 ::1 1 2\r\n'), address: undefined },
  { name: 'version 2, IPv4', header: binary(0x21, 0x11, four), address: '192.0.2.1' },
  { name: 'version 2, IPv6', header: binary(0x21, 0x21, six), address: '2001:db8::7' },
  { name: 'version 2, IPv4 in IPv6', header: binary(0x21, 0x21, mapped), address: '192.0.2.1' },
  { name: 'version 2, and more', header: binary(0x21, 0x11, [...four, 4, 0, 1, 9]), address: '192.0.2.1' },
  { name: 'version 2, LOCAL', header: binary(0x20, 0, []), address: undefined },
]

describe('the PROXY header', () => {
  for (const { name, header, address } of good) {
    it(`${name}: names the client, however it comes, and leaves what follows`, () => {
      for (let length = 0; length < header.length; length += 1)
        assert.deepEqual(readProxyHeader(header.subarray(0, length)), { kind: 'part' }, `${length} octets`)
      for (const rest of ['', 'LHLO x\r\n'])
        assert.deepEqual(readProxyHeader(Buffer.concat([header, latin1(rest)])), {
          kind: 'whole',
          length: header.length,
          address,
        })
    })
  }

  it('is told at once from anything else', () => {
    const bad = [
      'L',
      'LHLO x\r\n',
      'PROXY TCP4 192.0.2.1 192.0.2.2 4242\r\n',
      'PROXY TCP4 2001:db8::7 192.0.2.2 4242 24\r\n',
      'PROXY TCP6 192.0.2.1 192.0.2.2 4242 24\r\n',
      'PROXY TCP4 192.0.2.1 192.0.2.2 4242 24 more\r\n',
      'PROXY UNKNOWNS\r\n',
      `PROXY TCP4 ${'1'.repeat(200)}`,
      `PROXY UNKNOWN ${' '.repeat(200)}\r\n`,
      '\r\n\r\nX',
    ].map(latin1)
    const broken = [
      binary(0x11, 0x11, four),
      binary(0x22, 0x11, four),
      binary(0x21, 0x11, four.slice(1)),
      binary(0x21, 0x21, four),
      binary(0x21, 0x31, six),
      binary(0x21, 0, []),
      Buffer.concat([signature, Buffer.from([0x21, 0x11, 0xff, 0xff])]),
    ]
    for (const begin of [...bad, ...broken])
      assert.deepEqual(readProxyHeader(begin), { kind: 'wrong' }, JSON.stringify(begin.toString('latin1')))
  })
})
