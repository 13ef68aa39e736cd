/** Finds the files of a zip archive in its central directory and by their local headers (APPNOTE.TXT 6.3.10 §4.3). */
import type { Entry } from './entries.ts'
import { u16, u32, u64 } from './octets.ts'

/** `start`: of the central directory; `base`: where the archive begins, which offsets in it count from. */
export type ZipEnd = { readonly start: number; readonly end: number; readonly base: number }

/** `at`: of its local header; `packed` and `unpacked` in octets, as it says. `encrypted`: its content, or its directory. */
export type ZipFile = Entry & {
  readonly at: number
  readonly encrypted: boolean
  readonly method: number
  readonly packed: number
  readonly unpacked: number
}

/** `data`: where its content begins. `packed` as it says, undefined where it leaves that to the directory. */
export type LocalFile = Entry & {
  readonly encrypted: boolean
  readonly method: number
  readonly packed: number | undefined
  readonly data: number
}

const localMark = Buffer.from('PK\x03\x04', 'latin1')
const centralMark = 0x02014b50
const endMark = Buffer.from('PK\x05\x06', 'latin1')
const largerMark = 0x06064b50
const unknown32 = 0xffffffff
/** The flag of a file whose sizes stand behind its content and in the directory (§4.4.4). */
const sizesBehind = 8

/** The comment after the end is at most so long. */
const maxComment = 65_535

/** Undefined: this is no zip archive, or a broken one. */
export function endOfZip(content: Buffer): ZipEnd | undefined {
  if (content.length < 22) return undefined
  const tail = Math.max(0, content.length - 22 - maxComment)
  const found = content.subarray(tail).lastIndexOf(endMark)
  if (found < 0 || tail + found + 22 > content.length) return undefined
  const at = tail + found
  const larger = largerEnd(content, at)
  const end = larger ?? at
  const size = larger === undefined ? u32(content, at + 12) : u64(content, larger + 40)
  const offset = larger === undefined ? u32(content, at + 16) : u64(content, larger + 48)
  // Whatever stands before the archive moves it without changing its offsets.
  for (const start of [end - size, offset]) {
    if (start < 0 || start > end) continue
    if (u32(content, start) === centralMark || start === end) return { start, end, base: start - offset }
  }
  return undefined
}

/** Where the zip64 end of the central directory is, if there is one that agrees with the usual one; some writers add it though it is not needed. */
function largerEnd(content: Buffer, at: number): number | undefined {
  if (u32(content, at - 20) !== 0x07064b50) return undefined
  const told = u64(content, at - 12)
  const larger = u32(content, told) === largerMark ? told : at - 76
  const agrees = (usual: number, place: number) =>
    u32(content, usual) === unknown32 || u32(content, usual) === u64(content, larger + place)
  return u32(content, larger) === largerMark && agrees(at + 12, 40) && agrees(at + 16, 48) ? larger : undefined
}

/** In order; ends with undefined where the directory is broken. */
export function* centralFiles(content: Buffer, { start, end, base }: ZipEnd): Generator<ZipFile | undefined> {
  for (let at = start; at < end;) {
    const name = at + 46
    const extra = name + u16(content, at + 28)
    const next = extra + u16(content, at + 30) + u16(content, at + 32)
    if (u32(content, at) !== centralMark || next > end) {
      yield undefined
      return
    }
    const larger = largerNumbers(content, extra, extra + u16(content, at + 30))
    const numberAt = (place: number) => (u32(content, place) === unknown32 ? larger() : u32(content, place))
    const unpacked = numberAt(at + 24)
    const packed = numberAt(at + 20)
    const offset = numberAt(at + 42)
    yield {
      ...described(content, u16(content, at + 8), name, extra),
      at: base + offset,
      method: u16(content, at + 10),
      packed,
      unpacked,
    }
    at = next
  }
}

/** One number of 64 bits after the other (§4.5.3): size, size packed, offset, of these those that the header left out. */
function largerNumbers(content: Buffer, from: number, to: number): () => number {
  for (let at = from; at + 4 <= to; at += 4 + u16(content, at + 2)) {
    if (u16(content, at) !== 1) continue
    let next = at + 4
    return () => u64(content, (next += 8) - 8)
  }
  return () => unknown32
}

/** Undefined: there is none at that place. */
export function localFile(content: Buffer, at: number): LocalFile | undefined {
  if (at < 0 || at + 30 > content.length || !content.subarray(at, at + 4).equals(localMark)) return undefined
  const end = at + 30 + u16(content, at + 26)
  const data = end + u16(content, at + 28)
  if (data > content.length) return undefined
  const flags = u16(content, at + 6)
  return {
    ...described(content, flags, at + 30, end),
    method: u16(content, at + 8),
    packed: (flags & sizesBehind) === 0 ? u32(content, at + 18) : undefined,
    data,
  }
}

/** Every place where a local header begins. */
export function* localMarks(content: Buffer): Generator<number> {
  for (let at = content.indexOf(localMark); at >= 0; at = content.indexOf(localMark, at + 4)) yield at
}

/** Bits: 0 encrypted, 6 strongly, 11 name in UTF-8, 13 directory hidden. */
function described(content: Buffer, flags: number, from: number, to: number): Entry & { readonly encrypted: boolean } {
  const raw = content.subarray(from, to)
  return {
    raw,
    utf8: (flags & 0x800) !== 0,
    directory: raw.at(-1) === 0x2f,
    encrypted: (flags & 0x2041) !== 0,
  }
}
