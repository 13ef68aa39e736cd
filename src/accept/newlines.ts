/** Makes the content of DATA or BDAT regular: finds its end, takes stuffed dots off, mends stray newlines. Bytes in, bytes out, no I/O. */

const CR = 13
const LF = 10
const DOT = 46
const SPACE = 32
const crlf = Buffer.from('\r\n')
/** What many bare LFs become; nobody changes what a message is made of. */
const crlfs = Buffer.alloc(65_536, crlf)

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
    const words = wordsOf(chunk)
    let at = 0
    while (at < chunk.length && !this.#ended) {
      if (!this.#waits()) at = this.#mendRun(chunk, this.#pass(chunk, at, words), words)
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
  #pass(chunk: Buffer, start: number, words: Words): number {
    const at = regularEnd(chunk, words, start, this.#state === 'line start', this.#dots)
    if (at === start) return at
    this.#state = chunk[at - 1] === LF ? 'line start' : 'in line'
    this.#out(start === 0 && at === chunk.length ? chunk : chunk.subarray(start, at))
    return at
  }

  /** Bare LFs with nothing between them all at once: a message may be made of nothing else. Gives where to go on. */
  #mendRun(chunk: Buffer, start: number, words: Words): number {
    const end = chunk[start] === LF && chunk[start + 1] === LF ? runEnd(chunk, words, start) : start
    if (end === start) return start
    this.#stray = true
    this.#state = 'mended'
    for (let left = 2 * (end - start); left > 0; left -= crlfs.length) this.#out(crlfs.subarray(0, left))
    return end
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

/**
 * Where regular content ends that begins at `from`: at the first CR or LF that is no CRLF, at a CR that ends the chunk, at a dot that begins a line (if
 * `dots`; `isLineStart`: `from` begins one), or with the chunk. Four words of four octets at a time: a call of `indexOf` for each line takes twice as long.
 */
function regularEnd(chunk: Buffer, words: Words, from: number, isLineStart: boolean, dots: boolean): number {
  const { length: size } = chunk
  const { array, aligned } = words
  const count = array.length
  let at = from
  let mayBeDot = dots && isLineStart
  while (at < size) {
    if (mayBeDot && chunk[at] === DOT) return at
    mayBeDot = false
    if (((at - aligned) & 3) === 0 && at >= aligned) {
      let word = (at - aligned) >> 2
      while (word + 3 < count && !mayEndInFour(array, word)) word += 4
      while (word < count && !mayEnd(array[word] ?? 0)) word += 1
      at = aligned + (word << 2)
      if (at >= size) return size
    }
    const octet = chunk[at]
    if (octet === CR && chunk[at + 1] === LF) {
      at += 2
      mayBeDot = dots
    } else if (octet === LF || octet === CR) return at
    else at += 1
  }
  return size
}

/** Where LFs end that begin at `from`. */
function runEnd(chunk: Buffer, { array, aligned }: Words, from: number): number {
  let at = from
  while (chunk[at] === LF) {
    if (((at - aligned) & 3) === 0 && at >= aligned) {
      let word = (at - aligned) >> 2
      while (array[word] === fourLfs) word += 1
      at = aligned + (word << 2)
      if (chunk[at] !== LF) break
    }
    at += 1
  }
  return at
}

const fourLfs = 0x0a0a0a0a

/** The chunk as words of four octets, from `aligned` on. */
type Words = { readonly array: Int32Array; readonly aligned: number }

function wordsOf(chunk: Buffer): Words {
  const aligned = -chunk.byteOffset & 3
  if (chunk.length < aligned + 4) return noWords
  return { aligned, array: new Int32Array(chunk.buffer, chunk.byteOffset + aligned, (chunk.length - aligned) >> 2) }
}

const noWords: Words = { aligned: Infinity, array: new Int32Array(0) }

/** Whether one of four octets is below 14. */
function mayEnd(word: number): boolean {
  return ((word - 0x0e0e0e0e) & ~word & 0x80808080) !== 0
}

function mayEndInFour(words: Int32Array, at: number): boolean {
  const a = words[at] ?? 0
  const b = words[at + 1] ?? 0
  const c = words[at + 2] ?? 0
  const d = words[at + 3] ?? 0
  const low = ((a - 0x0e0e0e0e) & ~a) | ((b - 0x0e0e0e0e) & ~b) | ((c - 0x0e0e0e0e) & ~c) | ((d - 0x0e0e0e0e) & ~d)
  return (low & 0x80808080) !== 0
}
