/** Makes the content of DATA or BDAT regular: finds its end, takes stuffed dots off, mends stray newlines. Bytes in, bytes out, no I/O. */

const CR = 13
const LF = 10
const DOT = 46
const SPACE = 32
const crlf = Buffer.from('\r\n')

/** Octets that are mended in one go, before the rest is looked upon as regular again. */
const mendSize = 4096

/**
 * Where the bytes read so far leave us. A CR, and a dot at the start of a line, wait for what follows them. After a bare LF (`mended`) a line
 * begins for us but not for the client, who therefore has stuffed no dot there.
 */
type State = 'line start' | 'mended' | 'in line' | 'CR' | 'dot' | 'dot CR'

/**
 * `dots`: content of DATA, which ends with exactly CRLF `.` CRLF (RFC 5321 §4.1.1.4) and has dots stuffed after CRLF alone; otherwise content
 * of BDAT, which ends when the caller says so. A bare LF becomes CRLF, a bare CR a space, as Postfix does; `stray` tells that there was one.
 */
export class Newlines {
  #state: State = 'line start'
  #stray = false
  #ended = false
  readonly #dots: boolean
  readonly #out: (bytes: Uint8Array) => void

  constructor(dots: boolean, out: (bytes: Uint8Array) => void) {
    this.#dots = dots
    this.#out = out
  }

  get stray(): boolean {
    return this.#stray
  }

  /** The end of DATA has been read; nothing more may be written. */
  get ended(): boolean {
    return this.#ended
  }

  /** Gives the number of octets taken: all, unless the data ended before. */
  write(chunk: Buffer): number {
    const search = new Search(chunk)
    let at = 0
    while (at < chunk.length && !this.#ended) {
      if (!this.#waits()) at = this.#pass(chunk, at, search)
      if (at < chunk.length) at = this.#mend(chunk, at)
    }
    return at
  }

  /** The end of a BDAT message: a last line that is not closed is closed. */
  end(): void {
    if (this.#state === 'CR') this.#bareCr()
    if (this.#state === 'in line') this.#out(crlf)
    this.#state = 'line start'
  }

  /** What was read last counts only together with what comes next. */
  #waits(): boolean {
    return this.#state === 'CR' || this.#state === 'dot' || this.#state === 'dot CR'
  }

  /** What is regular goes on in one piece. Gives where that ends: at a stuffed dot, a bare CR or LF, a CR that ends the chunk. */
  #pass(chunk: Buffer, start: number, search: Search): number {
    const size = chunk.length
    let at = start
    let state = this.#state
    while (at < size) {
      if (state === 'line start' && this.#dots && chunk[at] === DOT) break
      const end = search.next(at)
      if (end > at) state = 'in line'
      at = end
      if (end >= size || chunk[end] === LF || chunk[end + 1] !== LF) break
      at = end + 2
      state = 'line start'
    }
    if (at > start) this.#out(start === 0 && at === size ? chunk : chunk.subarray(start, at))
    this.#state = state
    return at
  }

  /** Octet by octet into a piece of its own; it grows twofold at most. Gives where to go on. */
  #mend(chunk: Buffer, start: number): number {
    const end = Math.min(start + mendSize, chunk.length)
    const piece = Buffer.allocUnsafe(2 * (end - start) + 1)
    let filled = 0
    let state = this.#state
    let at = start
    while (at < end) {
      const octet = chunk[at] ?? 0
      at += 1
      if (state === 'dot CR' && octet === LF) {
        this.#ended = true
        break
      }
      if (state === 'dot' && octet === CR) {
        state = 'dot CR'
        continue
      }
      if (state === 'CR' && octet === LF) {
        piece[filled++] = CR
        piece[filled++] = LF
        state = 'line start'
        continue
      }
      if (state === 'CR' || state === 'dot CR') {
        piece[filled++] = SPACE
        this.#stray = true
      }
      if (octet === CR) state = 'CR'
      else if (octet === LF) {
        piece[filled++] = CR
        piece[filled++] = LF
        this.#stray = true
        state = 'mended'
      } else if (octet === DOT && state === 'line start' && this.#dots) state = 'dot'
      else {
        piece[filled++] = octet
        state = 'in line'
      }
    }
    this.#state = state
    if (filled > 0) this.#out(piece.subarray(0, filled))
    return at
  }

  #bareCr(): void {
    this.#stray = true
    this.#out(Buffer.from(' '))
    this.#state = 'in line'
  }
}

/** Finds line ends four octets at a time: twice as fast as to call `indexOf` for each line, whatever the length of the lines. */
class Search {
  readonly #chunk: Buffer
  readonly #words: Int32Array | undefined
  /** Where the words begin. */
  readonly #aligned: number

  constructor(chunk: Buffer) {
    this.#chunk = chunk
    this.#aligned = -chunk.byteOffset & 3
    const words = (chunk.length - this.#aligned) >> 2
    this.#words = words < 16 ? undefined : new Int32Array(chunk.buffer, chunk.byteOffset + this.#aligned, words)
  }

  /** The first CR or LF from there on; the length of the chunk if there is none. */
  next(from: number): number {
    const chunk = this.#chunk
    const words = this.#words
    let at = from
    while (at < chunk.length) {
      if (words !== undefined && ((at - this.#aligned) & 3) === 0 && at >= this.#aligned) {
        let word = (at - this.#aligned) >> 2
        while (word < words.length && !mayEnd(words[word] ?? 0)) word += 1
        at = this.#aligned + (word << 2)
        if (at >= chunk.length) break
      }
      const octet = chunk[at]
      if (octet === LF || octet === CR) return at
      at += 1
    }
    return chunk.length
  }
}

/** Whether one of four octets is below 14. */
function mayEnd(word: number): boolean {
  return ((word - 0x0e0e0e0e) & ~word & 0x80808080) !== 0
}
