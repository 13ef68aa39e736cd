/** A Huffman code, given by the lengths of its symbols' codes (RFC 1951 §3.2.2). */
import type { LowBits } from './low-bits.ts'

const maxBits = 15
/** Codes up to this length are found in one step. */
const quickBits = 9

export class Huffman {
  /** By the next bits: a symbol and, in the lowest four bits, the length of its code; 0: it is longer, or there is none. */
  readonly #quick = new Uint16Array(1 << quickBits)
  /** How many codes there are of each length, and their symbols in the order of the codes. */
  readonly #counts = new Uint16Array(maxBits + 1)
  readonly #symbols: Uint16Array

  /** `lengths` by symbol, at most 15; 0: it has no code. */
  constructor(lengths: Uint8Array) {
    for (const length of lengths) if (length > 0) this.#counts[length] = (this.#counts[length] ?? 0) + 1
    const codes = new Uint16Array(maxBits + 2)
    const places = new Uint16Array(maxBits + 2)
    for (let length = 1; length <= maxBits; length += 1) {
      const count = this.#counts[length] ?? 0
      codes[length + 1] = ((codes[length] ?? 0) + count) << 1
      places[length + 1] = (places[length] ?? 0) + count
    }
    this.#symbols = new Uint16Array(places[maxBits + 1] ?? 0)
    for (const [symbol, length] of lengths.entries()) {
      if (length === 0) continue
      const place = places[length] ?? 0
      const code = codes[length] ?? 0
      this.#symbols[place] = symbol
      places[length] = place + 1
      codes[length] = code + 1
      if (length <= quickBits) this.#learn(reversed(code, length), length, symbol)
    }
  }

  /** The next symbol; -1: there is no such code. */
  read(input: LowBits): number {
    const found = this.#quick[input.peek(quickBits)] ?? 0
    if (found === 0) return this.#readLong(input)
    input.drop(found & 15)
    return found >> 4
  }

  #learn(bits: number, length: number, symbol: number): void {
    for (let at = bits; at < this.#quick.length; at += 1 << length) this.#quick[at] = (symbol << 4) | length
  }

  /** Bit by bit: codes of one length follow each other. */
  #readLong(input: LowBits): number {
    const bits = input.peek(maxBits)
    let code = 0
    let first = 0
    let place = 0
    for (let length = 1; length <= maxBits; length += 1) {
      code |= (bits >> (length - 1)) & 1
      const count = this.#counts[length] ?? 0
      if (code - count < first) {
        input.drop(length)
        return this.#symbols[place + code - first] ?? -1
      }
      place += count
      first = (first + count) << 1
      code <<= 1
    }
    return -1
  }
}

/** The highest bit of a code comes first. */
function reversed(code: number, length: number): number {
  let bits = 0
  for (let at = 0; at < length; at += 1) bits |= ((code >> at) & 1) << (length - 1 - at)
  return bits
}
