/** Cuts a message into header lines, delimiter lines and body octets (RFC 2046 §5.1.1). Octets in, events out; whatever the pieces, the same events. */

const CR = 13
const LF = 10
const DASH = 45
const nextDelimiter = Buffer.from('\n--')
const empty = Buffer.alloc(0)
const cr = Buffer.from('\r')
const lf = Buffer.from('\n')
const crlf = Buffer.from('\r\n')

/** Octets of a line that can be a delimiter; a longer one is body. */
const maxDelimiter = 2048

/** What is so near is found sooner by a loop of our own than a call into Node takes. */
const nearby = 80

/** The octets `from` to `to` of `bytes`. */
export type Line = { readonly bytes: Buffer; readonly from: number; readonly to: number }

/** Lines come without their end, as text latin1. `at` is the offset of the line in everything that was written. */
export type SplitterEvents = {
  inHeader(): boolean
  headerLine(line: Line, at: number): void
  /** A header line that does not end within the bounds. */
  overlong(): void
  /** Whether there is any delimiter to look for in this body. */
  delimited(): boolean
  /** Whether what comes after two dashes can be one, as far as it is there. Must be quick. */
  plausible(bytes: Buffer, at: number): boolean
  /** A line that begins with two dashes; true if it is a delimiter and has been dealt with. */
  delimiter(line: string, at: number): boolean
  /** Never has the line end that belongs to a delimiter. */
  body(bytes: Buffer): void
}

export class Splitter {
  readonly #events: SplitterEvents
  readonly #maxHeaderLine: number
  #held: Buffer = empty
  #base = 0
  #atLineStart = true
  /** A line end that is body only if no delimiter follows. */
  #eol: Buffer = empty

  constructor(events: SplitterEvents, maxHeaderLine: number) {
    this.#events = events
    this.#maxHeaderLine = maxHeaderLine
  }

  write(piece: Buffer): void {
    this.#scan(this.#held.length === 0 ? piece : Buffer.concat([this.#held, piece]), false)
  }

  end(): void {
    this.#scan(this.#held, true)
    if (this.#eol.length > 0) this.#events.body(this.#eol)
  }

  #scan(bytes: Buffer, last: boolean): void {
    let at = 0
    while (at < bytes.length) {
      const next = this.#events.inHeader() ? this.#headerLine(bytes, at, last) : this.#bodyPiece(bytes, at, last)
      if (next === at) break
      at = next
    }
    this.#held = bytes.subarray(at)
    this.#base += at
  }

  #headerLine(bytes: Buffer, at: number, last: boolean): number {
    const lf = lineFeed(bytes, at)
    if (lf < 0 && !last) {
      if (bytes.length - at > this.#maxHeaderLine) this.#events.overlong()
      return at
    }
    const end = lf < 0 ? bytes.length : lf + 1
    this.#atLineStart = true
    if (!dashes(bytes, at) || !this.#events.delimiter(lineOf(bytes, at, end), this.#base + at)) {
      this.#events.headerLine({ bytes, from: at, to: withoutEnd(bytes, at, end) }, this.#base + at)
    }
    return end
  }

  #bodyPiece(bytes: Buffer, at: number, last: boolean): number {
    if (!this.#events.delimited()) return this.#given(bytes, at, bytes.length)
    if (this.#atLineStart && bytes[at] === DASH) {
      if (at + 1 === bytes.length && !last) return at
      if (dashes(bytes, at) && this.#events.plausible(bytes, at + 2)) {
        const lf = lineFeed(bytes, at)
        if (lf < 0 && !last && bytes.length - at < maxDelimiter) return at
        const end = lf < 0 ? bytes.length : lf + 1
        if (end - at <= maxDelimiter && this.#events.delimiter(lineOf(bytes, at, end), this.#base + at)) {
          this.#eol = empty
          this.#atLineStart = true
          return end
        }
      }
    }
    let next = dashedLine(bytes, at)
    while (next >= 0 && !this.#events.plausible(bytes, next + 3)) next = bytes.indexOf(nextDelimiter, next + 3)
    if (next >= 0) return this.#given(bytes, at, next + 1)
    const length = bytes.length
    const begun = !last && length - at >= 2 && bytes[length - 1] === DASH && bytes[length - 2] === LF
    return this.#given(bytes, at, begun ? length - 1 : length)
  }

  #given(bytes: Buffer, from: number, to: number): number {
    this.#atLineStart = bytes[to - 1] === LF
    if (this.#eol.length > 0) {
      if (bytes[from] === LF && this.#eol === cr) {
        this.#lines(Buffer.concat([this.#eol, bytes.subarray(from, to)]), 0, to - from + 1)
        return to
      }
      this.#events.body(this.#eol)
    }
    this.#lines(bytes, from, to)
    return to
  }

  #lines(bytes: Buffer, from: number, to: number): void {
    const cut = lineEnd(bytes, from, to)
    this.#eol = cut === to ? empty : to - cut === 2 ? crlf : bytes[cut] === CR ? cr : lf
    if (cut > from) this.#events.body(bytes.subarray(from, cut))
  }
}

/** Where the next line ends; -1 if it does not. */
function lineFeed(bytes: Buffer, from: number): number {
  const near = Math.min(bytes.length, from + nearby)
  for (let at = from; at < near; at += 1) if (bytes[at] === LF) return at
  return bytes.indexOf(LF, near)
}

/** Where a line ends behind which one with two dashes begins; -1 if there is none. */
function dashedLine(bytes: Buffer, from: number): number {
  const near = Math.min(bytes.length, from + nearby)
  for (let at = from; at < near; at += 1) if (bytes[at] === LF && dashes(bytes, at + 1)) return at
  return bytes.indexOf(nextDelimiter, near)
}

function dashes(bytes: Buffer, at: number): boolean {
  return bytes[at] === DASH && bytes[at + 1] === DASH
}

function lineOf(bytes: Buffer, from: number, to: number): string {
  return bytes.toString('latin1', from, withoutEnd(bytes, from, to))
}

/** A CR alone belongs to the line. */
function withoutEnd(bytes: Buffer, from: number, to: number): number {
  return bytes[to - 1] === LF ? lineEnd(bytes, from, to) : to
}

/** Where the line end at the end of the octets `from` to `to` begins: CR LF, LF, or a CR whose LF may still come. */
function lineEnd(bytes: Buffer, from: number, to: number): number {
  if (to === from) return to
  if (bytes[to - 1] === CR) return to - 1
  if (bytes[to - 1] !== LF) return to
  return to - 2 >= from && bytes[to - 2] === CR ? to - 2 : to - 1
}
