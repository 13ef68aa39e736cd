/** How far content is regular: up to an LF without its CR, a CR without its LF, a dot that begins a line. */
import type { Scanner } from './scan.ts'
import { CR, DOT, LF, makeScanner, plainReadBuffer, step } from './scan.ts'

const scanner = makeScanner()

/** What clients send is read into it, one after the other, and looked at where it lies. */
export const readBuffer: Buffer = scanner?.readBuffer ?? plainReadBuffer()

/**
 * Where regular content ends that begins at `from`: at the first CR or LF that is no CRLF, at a CR that ends the chunk, at a dot that begins a line (if
 * `dots`; `isLineStart`: `from` begins one), or with the chunk.
 */
export function regularEnd(chunk: Uint8Array, from: number, isLineStart: boolean, dots: boolean): number {
  if (chunk[from] === LF || (dots && isLineStart && chunk[from] === DOT)) return from
  let at = from
  while (at < chunk.length) {
    if (chunk.length - at > 2 * step) at += regularSteps(chunk, at, dots)
    // What was found is among the next step's octets, or two before them.
    const end = Math.min(at + 3 * step, chunk.length)
    while (at < end) {
      const octet = chunk[at]
      if (octet === CR && chunk[at + 1] === LF) {
        at += 2
        if (dots && chunk[at] === DOT) return at
      } else if (octet === LF || octet === CR) return at
      else at += 1
    }
  }
  return at
}

/** How many octets are surely regular, with no CRLF cut. */
function regularSteps(chunk: Uint8Array, from: number, dots: boolean): number {
  if (scanner === undefined) return 0
  // Where dots may stand anywhere: an LF behind an LF is irregular anyway.
  const found = scanner.scan(inSight(scanner, chunk, from), dots ? DOT : LF)
  if (found === 0) return 0
  const last = chunk[from + found - 1]
  return last === LF ? found - 2 : last === CR ? found - 1 : found
}

/** What is there from `from` on, or the beginning of it, where the scanner sees it. */
function inSight({ window, readBuffer }: Scanner, chunk: Uint8Array, from: number): Uint8Array {
  if (chunk.buffer === readBuffer.buffer) return chunk.subarray(from)
  const part = chunk.subarray(from, from + window.length)
  window.set(part)
  return window.subarray(0, part.length)
}
