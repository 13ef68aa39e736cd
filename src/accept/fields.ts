/** Follows a message's header line by line, so that single fields can be counted or left out (RFC 5322 §2.2). Bytes in, events out. */

const CR = 13
const LF = 10
const SP = 32
const TAB = 9
const COLON = 58
const NBSP = 160

/** A field name longer than this is nobody's. */
const maxName = 100

/** Octets of a line in which its end is looked for one by one: for so few, to ask for it takes longer. */
const shortLine = 80

/** `continues`: the field before; `unclear`: too little of the line is here to tell. `bodyAt`: it is the empty line, and the body begins there. */
type LineStart = { name: string | undefined; bodyAt: number | undefined } | 'continues' | 'unclear'

const nobodys: LineStart = { name: undefined, bodyAt: undefined }

/**
 * Cuts what it is fed into pieces: `name` is the lower-case name of a field in `names`, or undefined for everything else; `starts` tells that a
 * field begins with this piece. All pieces together are the bytes that came, in order; no piece has both header and body.
 */
export class Fields {
  /** The empty line has been given: every further piece is body. */
  ended = false
  readonly #names: ReadonlySet<string>
  /** Bit n: a name has n characters, bit 31: more than 30. */
  #lengths = 0
  readonly #piece: (bytes: Uint8Array, name: string | undefined, starts: boolean) => void
  #carry: Buffer | undefined
  #name: string | undefined
  #midLine = false

  constructor(
    names: ReadonlySet<string>,
    piece: (bytes: Uint8Array, name: string | undefined, starts: boolean) => void,
  ) {
    this.#names = names
    for (const name of names) this.#lengths |= lengthBit(name.length)
    this.#piece = piece
  }

  write(bytes: Uint8Array): void {
    if (this.ended) return this.#piece(bytes, undefined, false)
    const fresh = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const chunk = this.#carry === undefined ? fresh : Buffer.concat([this.#carry, fresh])
    this.#carry = undefined
    this.#cut(chunk)
  }

  /** No more will come: gives what was held back. */
  end(): void {
    if (this.#carry !== undefined) this.#piece(this.#carry, undefined, false)
    this.#carry = undefined
  }

  /** A piece ends only where an interesting field begins or ends, so an ordinary header is one piece. */
  #cut(chunk: Buffer): void {
    let from = 0
    let at = 0
    let starts = false
    while (at < chunk.length) {
      if (!this.#midLine) {
        const line = this.#lineStart(chunk, at)
        if (line === 'unclear') break
        if (line !== 'continues' && (line.name !== undefined || this.#name !== undefined)) {
          this.#give(chunk, from, at, starts)
          from = at
          starts = true
          this.#name = line.name
        }
        if (line !== 'continues' && line.bodyAt !== undefined) {
          this.#give(chunk, from, line.bodyAt, starts)
          this.ended = true
          return this.#give(chunk, line.bodyAt, chunk.length, false)
        }
      }
      const lf = nextLf(chunk, at)
      this.#midLine = lf < 0
      at = lf < 0 ? chunk.length : lf + 1
    }
    this.#give(chunk, from, at, starts)
    if (at < chunk.length) this.#carry = Buffer.from(chunk.subarray(at))
  }

  #lineStart(chunk: Buffer, at: number): LineStart {
    const first = chunk[at]
    if (first === SP || first === TAB) return 'continues'
    if (first === LF) return { name: undefined, bodyAt: at + 1 }
    if (first === CR) {
      if (at + 1 === chunk.length) return 'unclear'
      if (chunk[at + 1] === LF) return { name: undefined, bodyAt: at + 2 }
    }
    const limit = Math.min(at + maxName, chunk.length)
    let i = at
    for (; i < limit; i += 1) {
      const octet = chunk[i]
      if (octet === COLON || octet === LF) break
    }
    if (i === chunk.length && i < at + maxName) return 'unclear'
    if (chunk[i] !== COLON) return nobodys
    // Obsolete syntax allows blanks before the colon (RFC 5322 §4.5.8), and readers know the field all the same.
    if ((this.#lengths & lengthBit(i - at)) === 0 && !isBlank(chunk[i - 1])) return nobodys
    const name = chunk.toString('latin1', at, i).trimEnd().toLowerCase()
    return this.#names.has(name) ? { name, bodyAt: undefined } : nobodys
  }

  #give(chunk: Buffer, from: number, to: number, starts: boolean): void {
    if (to > from) this.#piece(chunk.subarray(from, to), this.#name, starts)
  }
}

function nextLf(chunk: Buffer, at: number): number {
  const end = Math.min(at + shortLine, chunk.length)
  for (let i = at; i < end; i += 1) if (chunk[i] === LF) return i
  return end === chunk.length ? -1 : chunk.indexOf(LF, end)
}

function lengthBit(length: number): number {
  return 1 << Math.min(length, 31)
}

/** What `trimEnd` takes off, and some more. */
function isBlank(octet: number | undefined): boolean {
  return octet !== undefined && (octet <= SP || octet === NBSP)
}
