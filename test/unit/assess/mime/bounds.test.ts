import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { crlf, structureOf } from './corpus.ts'
import { attached, zipFile } from './zip-file.ts'

const multipart = 'Content-Type: multipart/mixed; boundary=b\n\n'
const part = '--b\nContent-Type: application/x; name=a.exe\n\nx\n'
const nest = (depth: number) =>
  Array.from({ length: depth }, (_, i) => `Content-Type: multipart/mixed; boundary=b${i}x\n\n--b${i}x\n`).join('')

/** Longer than any of these takes on a slow machine, shorter than without its bound. */
const timeout = 60_000

describe('The bounds of MIME facts', () => {
  it('stop at 1000 parts', { timeout }, async () => {
    const { attachments, unreadable } = await structureOf(crlf(multipart + part.repeat(10_000)))
    assert.equal(unreadable, 'more than 1000 parts')
    assert.equal(attachments.length, 999)
  })

  it('count the parts of messages in messages', async () => {
    const one = `--b\nContent-Type: message/rfc822\n\n${part.slice(4)}`
    const { unreadable } = await structureOf(crlf(multipart + one.repeat(5)), 100, { parts: 8 })
    assert.equal(unreadable, 'more than 8 parts')
  })

  it('stop at parts 32 deep, and tell what is beside them', { timeout }, async () => {
    const { unreadable } = await structureOf(crlf(nest(1000)))
    assert.equal(unreadable, 'parts nested too deep')
    const deep = await structureOf(crlf(`${multipart}--b\n${nest(3)}\nx\n${part}--b--\n`), 100, { depth: 3 })
    assert.deepEqual(
      deep.attachments.flatMap(({ names }) => names),
      ['a.exe'],
    )
    assert.equal(deep.unreadable, 'parts nested too deep')
  })

  it('stop at messages 32 deep, encoded or not', { timeout }, async () => {
    const { attachments, unreadable } = await structureOf(crlf('Content-Type: message/rfc822\n\n'.repeat(1000)))
    assert.equal(unreadable, 'parts nested too deep')
    assert.equal(attachments.length, 32)
    let message = Buffer.from('Subject: innermost\r\n\r\n')
    for (let i = 0; i < 5; i += 1) {
      const header = 'Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n'
      message = Buffer.from(header + message.toString('base64'))
    }
    assert.equal((await structureOf(message)).unreadable, undefined)
    assert.equal((await structureOf(message, 100, { depth: 4 })).unreadable, 'parts nested too deep')
  })

  it('stop at 100 parameters of a field', { timeout }, async () => {
    const header = `Content-Type: application/x${'; name=a'.repeat(100_000)}\n\n`
    assert.equal((await structureOf(crlf(header))).unreadable, 'more than 100 parameters in Content-Type')
  })

  it('stop at 1 MB of header, in one line or in many, in one part or in many', { timeout }, async () => {
    const words = 'more than 1048576 octets of header'
    assert.equal((await structureOf(crlf(`X: ${'x'.repeat(2_000_000)}\n\n`))).unreadable, words)
    assert.equal((await structureOf(crlf(`X: ${'x'.repeat(2_000_000)}`))).unreadable, words)
    assert.equal((await structureOf(crlf(`${'X: x\n'.repeat(300_000)}\n`))).unreadable, words)
    const parts = `--b\nX: ${'x'.repeat(300_000)}\n\nx\n`.repeat(4)
    assert.equal((await structureOf(crlf(multipart + parts))).unreadable, words)
  })

  it('stop at an endless boundary', { timeout }, async () => {
    const boundary = 'b'.repeat(500_000)
    const { ambiguous, unreadable } = await structureOf(
      crlf(`Content-Type: multipart/mixed; boundary=${boundary}\n\n--${boundary}\n`),
    )
    assert.match(ambiguous ?? '', /a boundary that is too long/)
    assert.equal(unreadable, 'a boundary too long to follow')
  })

  it('tell a name that is too long, and keep its end', async () => {
    const { attachments, unreadable } = await structureOf(
      crlf(`Content-Type: application/x; name="${'a'.repeat(2000)}.exe"\n\n`),
    )
    assert.equal(unreadable, 'a name of more than 1000 characters')
    assert.ok(attachments[0]?.names.every(name => name.length <= 1000 && name.endsWith('a.exe')))
  })

  it('stop at 64 MB that come out of archives, however often it is tried', { timeout }, async () => {
    const data = deflateRawSync(Buffer.concat([zipFile([]), Buffer.alloc(80_000_000)]))
    const bombs = Array.from({ length: 50 }, (_, i) => ({ name: `${i}.zip`, data, method: 8 }))
    const { attachments, unreadable } = await structureOf(attached(zipFile(bombs)))
    assert.equal(unreadable, 'archives that unpack to more than 67108864 octets')
    assert.equal(attachments[0]?.inner.length, 50)
  })

  it('count what broken archives cost', { timeout }, async () => {
    const whole = deflateRawSync(Buffer.concat([zipFile([]), Buffer.alloc(80_000_000)]))
    const broken = Array.from({ length: 900 }, (_, i) => ({
      name: `${i}.zip`,
      data: whole.subarray(0, 2000),
      method: 8,
    }))
    const { unreadable } = await structureOf(attached(zipFile(broken)))
    assert.equal(unreadable, 'a broken archive; archives that unpack to more than 67108864 octets')
  })

  it('stop at 1000 entries of archives', { timeout }, async () => {
    const entries = Array.from({ length: 20_000 }, (_, i) => ({ name: `${i}.txt`, data: Buffer.from('x') }))
    const { attachments, unreadable } = await structureOf(attached(zipFile(entries)))
    assert.equal(unreadable, 'archives with more than 1000 entries')
    assert.equal(attachments[0]?.inner.length, 1000)
  })

  it('stop at archives 3 deep in an archive', async () => {
    const archive = (depth: number): Buffer =>
      zipFile([
        depth === 0 ? { name: 'x.txt', data: Buffer.from('x') } : { name: `${depth}.zip`, data: archive(depth - 1) },
      ])
    assert.equal((await structureOf(attached(archive(3)))).unreadable, undefined)
    assert.equal((await structureOf(attached(archive(4)))).unreadable, 'archives nested too deep')
  })

  it('stop at an archive that goes on for ever, as one does that has itself in it', { timeout }, async () => {
    let archive = zipFile([{ name: 'r.zip', data: Buffer.from('x') }])
    for (let i = 0; i < 100; i += 1)
      archive = zipFile([{ name: `r/${i}.zip`, data: deflateRawSync(archive), method: 8 }])
    const { attachments, unreadable } = await structureOf(attached(archive))
    assert.equal(unreadable, 'archives nested too deep')
    assert.equal(attachments[0]?.inner.filter(name => name.startsWith('r/')).length, 4)
  })

  it('count content once for each entry that refers to it', { timeout }, async () => {
    const data = deflateRawSync(Buffer.concat([Buffer.alloc(1_000_000), zipFile([])]))
    const one = zipFile([{ name: 'a.zip', data, method: 8 }])
    const directory = one.subarray(one.indexOf('PK\x01\x02', 0, 'latin1'), one.length - 22)
    const end = Buffer.from(one.subarray(one.length - 22))
    end.writeUInt32LE(directory.length * 900, 12)
    const many = Buffer.concat([one.subarray(0, one.length - 22), ...Array.from({ length: 899 }, () => directory), end])
    const { unreadable } = await structureOf(attached(many))
    assert.equal(unreadable, 'archives that unpack to more than 67108864 octets')
  })

  it('stop at headers in an archive that are no files', { timeout }, async () => {
    const headers = Buffer.from('PK\x03\x04'.repeat(100_000), 'latin1')
    assert.match((await structureOf(attached(headers))).unreadable ?? '', /an archive with too many headers/)
  })
})
