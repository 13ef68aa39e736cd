import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { structureOf } from './corpus.ts'
import { attached, zipFile, type ZipMember } from './zip-file.ts'

const K = 1024
const limits = { seen: 100 * K, measured: 300 * K }
const tooLarge = 'a file of more than 100KB in an archive'

/** Content that can be packed, and not too well: no limit is reached by guessing. */
function deflated(size: number): Buffer {
  const text = Array.from({ length: size / 8 }, (_, i) => String((i * 7919) % 100_000_000).padStart(8, '0')).join('')
  return deflateRawSync(Buffer.from(text))
}

async function unseenIn(members: readonly ZipMember[], more: Partial<typeof limits> = {}): Promise<string | undefined> {
  const { unseen, unreadable } = await structureOf(attached(zipFile(members)), 65_536, { ...limits, ...more })
  assert.equal(unreadable, undefined)
  return unseen
}

describe('What a scanner with limits has not seen', () => {
  it('is a file over its limit, and not one that just fits', async () => {
    const file = (size: number) => ({ name: 'a.bin', method: 8, unpacked: size, data: deflated(size) })
    assert.equal(await unseenIn([file(100 * K)]), undefined)
    assert.equal(await unseenIn([file(100 * K + 8)]), tooLarge)
    assert.equal(await unseenIn([{ name: 'a.bin', unpacked: 101 * K, data: Buffer.alloc(101 * K) }]), tooLarge)
  })

  it('is a file over its limit of which the directory says that it is small', async () => {
    for (const unpacked of [0, 5, 100 * K]) {
      assert.equal(await unseenIn([{ name: 'a.bin', method: 8, unpacked, data: deflated(101 * K) }]), tooLarge)
      assert.equal(await unseenIn([{ name: 'a.bin', method: 8, unpacked, data: deflated(99 * K) }]), undefined)
    }
  })

  it('is also found in an archive in an archive, and behind thousands of others', async () => {
    const large = { name: 'a.bin', method: 8, data: deflated(101 * K) }
    const inner = zipFile([{ name: 'b.zip', data: zipFile([large]) }])
    assert.equal(await unseenIn([{ name: 'c.zip', method: 8, data: deflateRawSync(inner) }]), tooLarge)
    const many = Array.from({ length: 3000 }, (_, i) => ({ name: `${i}.txt`, data: Buffer.from('x') }))
    const { unseen } = await structureOf(attached(zipFile([...many, large])), 65_536, limits)
    assert.equal(unseen, tooLarge)
  })

  it('is what it would take too long to measure', async () => {
    const file = { name: 'a.bin', method: 8, data: deflated(99 * K) }
    const measured = 3 * file.data.length
    assert.equal(await unseenIn([file, file, file], { measured }), undefined)
    assert.match((await unseenIn([file, file, file, file], { measured })) ?? '', /^archives of more than /)
  })

  it('is what is packed in a way that few can unpack', async () => {
    assert.equal(
      await unseenIn([{ name: 'a.bin', method: 14, data: Buffer.from('packed') }]),
      'an archive packed in an unusual way',
    )
  })

  it('is a file of which its own header says something else than the directory: scanners and readers go by different ones', async () => {
    const file = { name: 'a.bin', method: 8, data: deflated(8 * K) }
    const two = 'an archive with two accounts of a file'
    for (const packed of [0, 10, file.data.length + 1, 0xffff_ffff])
      assert.equal(await unseenIn([file, { ...file, local: { packed } }]), two)
    assert.equal(await unseenIn([{ ...file, local: { method: 0 } }]), two)
    // Written as a stream: its own header knows no sizes.
    assert.equal(await unseenIn([{ ...file, flags: 8, local: { packed: 0 } }]), undefined)
  })

  it('is an archive behind another: a scanner looks for the directory of the one, and readers for that of the other', async () => {
    const zip = zipFile([{ name: 'a.txt', data: Buffer.from('x') }])
    for (const before of [zip, Buffer.from('anything')]) {
      const { unseen } = await structureOf(attached(Buffer.concat([before, zip])), 65_536, limits)
      assert.match(unseen ?? '', /^an archive behind something else/)
    }
  })

  it('is a file that only readers of streams find, and no file that lies in another', async () => {
    const zip = zipFile([{ name: 'a.txt', data: Buffer.from('x') }])
    assert.equal(await unseenIn([{ name: 'b.zip', data: zip }]), undefined)
    const stray = 'an archive with a hidden file'
    assert.equal(await unseenIn([{ name: 'b.txt', data: Buffer.from('x'), behind: zip.subarray(0, 40) }]), stray)
    const { unseen } = await structureOf(attached(Buffer.concat([zip, zip.subarray(0, 40)])), 65_536, limits)
    assert.equal(unseen, stray)
  })

  it('is what asks for a password, also behind a thousand others', async () => {
    const many = Array.from({ length: 1500 }, (_, i) => ({ name: `${i}.txt`, data: Buffer.from('x') }))
    const secret = { name: 'a.txt', flags: 1, data: Buffer.from('x') }
    const { unseen } = await structureOf(attached(zipFile([...many, secret])), 65_536, limits)
    assert.equal(unseen, 'encrypted')
  })

  it('is nothing where a scanner sees everything', async () => {
    const file = { name: 'a.bin', method: 8, unpacked: 101 * K, data: deflated(101 * K) }
    assert.equal(await unseenIn([file], { seen: Infinity }), undefined)
  })

  it('is what `zip -` writes, with sizes of 64 bits that it does not need; its names can be read', async () => {
    const written = [
      'UEsDBC0AAAAIAOiueV3zoF3H//////////8BABQALQEAEAAkAAAAAAAAAAwAAAAAAAAAy0jNyclXyMBHcgEAUEsBAh',
      '4DLQAAAAgA6K55XfOgXccMAAAAJAAAAAEAAAAAAAAAAQAAAIARAAAAAC1QSwYGLAAAAAAAAAAeAy0AAAAAAAAAAAAB',
      'AAAAAAAAAAEAAAAAAAAALwAAAAAAAAA/AAAAAAAAAFBLBgcAAAAAbgAAAAAAAAABAAAAUEsFBgAAAAABAAEALwAAAD',
      '8AAAAAAA==',
    ].join('')
    const { attachments, unreadable, unseen } = await structureOf(
      attached(Buffer.from(written, 'base64')),
      65_536,
      limits,
    )
    assert.deepEqual([attachments[0]?.inner, unreadable], [['-'], undefined])
    assert.equal(unseen, 'an archive with two accounts of a file')
  })

  it('is an archive that cannot be read: others may be able to', async () => {
    const zip = zipFile([{ name: 'a.txt', data: Buffer.from('x') }])
    const { unseen } = await structureOf(attached(zip.subarray(0, -22)), 65_536, limits)
    assert.equal(unseen, 'a broken archive')
  })
})
