/** Makes the content of DATA or BDAT regular: finds its end, takes stuffed dots off, mends stray newlines. Bytes in, bytes out, no I/O. */
import { regularEnd } from './regular.ts'
import { CR, DOT, LF } from './scan.ts'

const SPACE = 32
const crlf = Buffer.from('\r\n')
/** What many bare LFs become, and many lines of one dot, which are sent as two; nobody changes what a message is made of. */
const crlfs = Buffer.alloc(65_536, crlf)
const dotLines = Buffer.alloc(3 * 16_384, '.\r\n')

/** Octets that are mended in one go, before the rest is looked upon as regular again; and so many more to come to the start of a line, where a run may begin. */
const mendSize = 4096
const moreToLineStart = 1024

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
  #dotless: boolean
  #ended = false
  readonly #dots: boolean
  readonly #out: (bytes: Uint8Array) => void

  constructor(dots: boolean, out: (bytes: Uint8Array) => void) {
    this.#dots = dots
    // Where dots are not stuffed they are not looked for.
    this.#dotless = dots
    this.#out = out
  }

  get stray(): boolean {
    return this.#stray
  }

  /** No line that was given begins with a dot. False if that is not known. */
  get isDotless(): boolean {
    return this.#dotless
  }

  /** The end of DATA has been read; nothing more may be written. */
  get ended(): boolean {
    return this.#ended
  }

  /** Gives the number of octets taken: all, unless the data ended before. */
  write(chunk: Buffer): number {
    let at = 0
    while (at < chunk.length && !this.#ended) {
      if (!this.#waits()) at = this.#mendRun(chunk, this.#pass(chunk, at))
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
  #pass(chunk: Buffer, start: number): number {
    const at = regularEnd(chunk, start, this.#state === 'line start', this.#dots)
    if (at === start) return at
    if (this.#state === 'mended' && chunk[start] === DOT) this.#dotless = false
    this.#state = chunk[at - 1] === LF ? 'line start' : 'in line'
    this.#out(start === 0 && at === chunk.length ? chunk : chunk.subarray(start, at))
    return at
  }

  /** Bare LFs with nothing between them, or lines `..`, all at once: a message may be made of nothing else. Gives where to go on. */
  #mendRun(chunk: Buffer, start: number): number {
    const first = chunk[start]
    if (first === LF) return this.#mendLfs(chunk, start)
    return first === DOT && this.#dots && this.#state === 'line start' ? this.#mendDotLines(chunk, start) : start
  }

  #mendLfs(chunk: Buffer, start: number): number {
    let end = runEnd(chunk, start, fourLfs)
    if (end === start) return start
    while (chunk[end] === LF) end += 1
    this.#stray = true
    this.#state = 'mended'
    this.#outAgain(crlfs, 2 * (end - start))
    return end
  }

  #mendDotLines(chunk: Buffer, start: number): number {
    const end = runEnd(chunk, start, twoDots)
    if (end > start) this.#dotless = false
    this.#outAgain(dotLines, ((end - start) / 4) * 3)
    return end
  }

  /** So many octets of what is the same again and again. */
  #outAgain(same: Buffer, octets: number): void {
    for (let left = octets; left > 0; left -= same.length) this.#out(same.subarray(0, left))
  }

  /** Octet by octet into a piece of its own; it grows twofold at most. Gives where to go on. */
  #mend(chunk: Buffer, start: number): number {
    const end = Math.min(start + mendSize, chunk.length)
    const most = Math.min(end + moreToLineStart, chunk.length)
    const piece = Buffer.allocUnsafe(2 * (most - start) + 1)
    let filled = 0
    let state = this.#state
    let at = start
    while (at < end || (at < most && state !== 'line start')) {
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
        if (octet === DOT && (state === 'mended' || state === 'dot')) this.#dotless = false
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

/** How far the same four octets come again and again from `from` on. */
function runEnd(chunk: Buffer, from: number, four: number): number {
  const { length: size } = chunk
  const view = new DataView(chunk.buffer, chunk.byteOffset, size)
  let at = from
  while (at + 4 <= size && view.getInt32(at, true) === four) at += 4
  return at
}

/** LF LF LF LF, and `..` CR LF, the first octet last. */
const fourLfs = 0x0a0a0a0a
const twoDots = 0x0a0d2e2e
