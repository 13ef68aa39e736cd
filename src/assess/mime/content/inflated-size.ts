/** How much deflated data unpacks to (RFC 1951), told from its codes alone: nothing is unpacked, so it takes no memory, and time only for what is packed. */
import { Huffman } from './huffman.ts'
import { LowBits } from './low-bits.ts'

/** Octets, not much over `most`. Of data that is cut short or broken: as far as it can be unpacked. */
export function inflatedSize(packed: Uint8Array, most: number): number {
  const input = new LowBits(packed)
  let size = 0
  for (;;) {
    const isLast = input.take(1) === 1
    const block = blockSize(input, size, most)
    size += block.size
    if (!block.isWhole || isLast || size > most || input.isOver()) return size
  }
}

/** `isWhole`: it came to its end. */
type Block = { readonly size: number; readonly isWhole: boolean }

const broken: Block = { size: 0, isWhole: false }

/** `before`: octets in front of it, which it may repeat. */
function blockSize(input: LowBits, before: number, most: number): Block {
  switch (input.take(2)) {
    case 0:
      return storedSize(input)
    case 1:
      return codedSize(input, fixedCodes, before, most)
    case 2: {
      const codes = readCodes(input)
      return codes === undefined ? broken : codedSize(input, codes, before, most)
    }
    default:
      return broken
  }
}

/** §3.2.4 */
function storedSize(input: LowBits): Block {
  input.align()
  const size = input.take(16)
  if (input.take(16) !== (size ^ 0xffff)) return broken
  const given = input.skip(size)
  return { size: given, isWhole: given === size }
}

type Codes = { readonly literals: Huffman; readonly distances: Huffman }

/** §3.2.5: a symbol stands for so much, and more by the bits behind it. */
const endOfBlock = 256
const lengthExtra = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0)
const lengthBase = Uint16Array.of(
  ...[
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
  ],
)
const distanceExtra = Uint8Array.from({ length: 30 }, (_, i) => Math.max(0, (i >> 1) - 1))
const distanceBase = Uint16Array.from({ length: 30 }, (_, i) => (i < 2 ? i + 1 : ((2 + (i & 1)) << ((i >> 1) - 1)) + 1))

function codedSize(input: LowBits, { literals, distances }: Codes, before: number, most: number): Block {
  let size = 0
  while (before + size <= most) {
    const symbol = literals.read(input)
    if (input.isOver()) break
    if (symbol === endOfBlock) return { size, isWhole: true }
    if (symbol < 0) break
    if (symbol < endOfBlock) {
      size += 1
      continue
    }
    const base = lengthBase[symbol - 257]
    if (base === undefined) break
    const length = base + input.take(lengthExtra[symbol - 257] ?? 0)
    const far = distances.read(input)
    const distance = far < 0 ? undefined : distanceBase[far]
    if (distance === undefined || distance + input.take(distanceExtra[far] ?? 0) > before + size) break
    if (input.isOver()) break
    size += length
  }
  return { size, isWhole: false }
}

/** §3.2.6 */
const fixedCodes: Codes = {
  literals: new Huffman(Uint8Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8))),
  distances: new Huffman(new Uint8Array(30).fill(5)),
}

/** §3.2.7: the codes themselves are written in a code. */
const order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

function readCodes(input: LowBits): Codes | undefined {
  const literals = input.take(5) + 257
  const distances = input.take(5) + 1
  const count = input.take(4) + 4
  const lengths = new Uint8Array(19)
  for (const at of order.slice(0, count)) lengths[at] = input.take(3)
  const code = new Huffman(lengths)
  const read = new Uint8Array(literals + distances)
  for (let at = 0; at < read.length;) {
    const symbol = code.read(input)
    if (symbol < 0 || input.isOver()) return undefined
    if (symbol < 16) {
      read[at] = symbol
      at += 1
      continue
    }
    const before = symbol === 16 ? read[at - 1] : 0
    const times = symbol === 16 ? 3 + input.take(2) : symbol === 17 ? 3 + input.take(3) : 11 + input.take(7)
    if (before === undefined || at + times > read.length) return undefined
    read.fill(before, at, at + times)
    at += times
  }
  return { literals: new Huffman(read.subarray(0, literals)), distances: new Huffman(read.subarray(literals)) }
}
