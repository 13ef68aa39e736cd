/** Names in a RAR archive, and whether it asks for a password; both generations of the format (unrar's technote, RAR 5.0 archive format). */
import type { Findings } from '../findings.ts'
import { Entries, type Entry } from './entries.ts'
import type { Contents } from './inspect.ts'
import { u16, u32 } from './octets.ts'

/** One block: where the next begins, and what this one tells. */
type Block = { readonly next: number; readonly entry?: Entry; readonly encrypted?: boolean; readonly last?: boolean }

export function rarArchive(content: Buffer, contents: Contents, findings: Findings): void {
  const entries = new Entries(contents, findings)
  const newer = content[6] === 1
  for (let at = newer ? 8 : 7; at < content.length;) {
    const block = newer ? newerBlock(content, at) : olderBlock(content, at)
    if (block === undefined || block.next <= at) return findings.unreadable('a broken archive')
    if (block.encrypted === true) contents.encrypted = true
    if (block.entry !== undefined && !entries.add(block.entry)) return
    if (block.last === true) return
    at = block.next
  }
}

/** CRC (2), type (1), flags (2), size (2), and the size of what follows (4) if flagged. */
function olderBlock(content: Buffer, at: number): Block | undefined {
  const type = content[at + 2]
  const flags = u16(content, at + 3)
  const head = u16(content, at + 5)
  if (head < 7) return undefined
  // The main header says that everything after it is encrypted, headers too.
  if (type === 0x73) return { next: at + head, ...((flags & 0x80) !== 0 && { encrypted: true, last: true }) }
  if (type === 0x7b) return { next: at + head, last: true }
  const packed = u32(content, at + 7)
  if (type !== 0x74) return { next: at + head + ((flags & 0x8000) !== 0 ? packed : 0) }
  const large = (flags & 0x100) !== 0
  const name = at + (large ? 40 : 32)
  const raw = content.subarray(name, name + u16(content, at + 26))
  // A name with other than ASCII is there twice: as it is, then packed; the first is what older readers see.
  const end = raw.indexOf(0)
  const entry = { raw: end < 0 ? raw : raw.subarray(0, end), utf8: false, directory: (flags & 0xe0) === 0xe0 }
  const next = at + head + packed + (large ? 2 ** 32 * u32(content, at + 32) : 0)
  return { next, entry, encrypted: (flags & 4) !== 0 }
}

/** CRC (4), then numbers of seven bits per octet: size of header, type, flags, size of its extra area, size of what follows. */
function newerBlock(content: Buffer, at: number): Block | undefined {
  const numbers = new Numbers(content, at + 4)
  const size = numbers.next()
  const start = numbers.at
  const type = numbers.next()
  const flags = numbers.next()
  const extra = (flags & 1) !== 0 ? numbers.next() : 0
  const packed = (flags & 2) !== 0 ? numbers.next() : 0
  const next = start + size + packed
  if (numbers.failed || start + size > content.length) return undefined
  if (type === 4) return { next, encrypted: true, last: true }
  if (type === 5) return { next, last: true }
  if (type !== 2) return { next }
  const fileFlags = numbers.next()
  numbers.next()
  numbers.next()
  numbers.at += ((fileFlags & 2) !== 0 ? 4 : 0) + ((fileFlags & 4) !== 0 ? 4 : 0)
  numbers.next()
  numbers.next()
  const length = numbers.next()
  const raw = content.subarray(numbers.at, numbers.at + length)
  const entry = { raw, utf8: true, directory: (fileFlags & 1) !== 0 }
  return { next, entry, encrypted: hasEncryption(content, start + size - extra, start + size) }
}

/** Records of the extra area: size, type; type 1 is encryption. */
function hasEncryption(content: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to;) {
    const numbers = new Numbers(content, at)
    const size = numbers.next()
    const start = numbers.at
    if (numbers.next() === 1) return true
    if (numbers.failed || size === 0) return false
    at = start + size
  }
  return false
}

/** Reads numbers of seven bits per octet, the lowest first. */
class Numbers {
  at: number
  failed = false
  readonly #content: Buffer

  constructor(content: Buffer, at: number) {
    this.#content = content
    this.at = at
  }

  next(): number {
    let value = 0
    for (let index = 0; index < 7; index += 1) {
      const octet = this.#content[this.at]
      if (octet === undefined) break
      this.at += 1
      value += (octet & 0x7f) * 128 ** index
      if (octet < 0x80) return value
    }
    this.failed = true
    return 0
  }
}
