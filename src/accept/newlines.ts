/** Makes the content of DATA or BDAT regular: finds its end, takes stuffed dots off, mends stray newlines. Bytes in, bytes out, no I/O. */

const CR = 13
const LF = 10
const DOT = 46
const crlf = Buffer.from('\r\n')
const space = Buffer.from(' ')

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
    let at = 0
    while (at < chunk.length && !this.#ended)
      at = this.#waits(chunk[at]) ? this.#step(chunk, at) : this.#lines(chunk, at)
    return at
  }

  /** The end of a BDAT message: a last line that is not closed is closed. */
  end(): void {
    if (this.#state === 'CR') this.#bareCr()
    if (this.#state === 'in line') this.#out(crlf)
    this.#state = 'line start'
  }

  #waits(octet: number | undefined): boolean {
    switch (this.#state) {
      case 'CR':
      case 'dot':
      case 'dot CR':
        return true
      case 'line start':
        return this.#dots && octet === DOT
      case 'mended':
      case 'in line':
        return false
    }
  }

  /** Lines up to the next stuffed dot, or to a CR that ends the chunk. What is regular goes on in one piece. */
  #lines(chunk: Buffer, start: number): number {
    const size = chunk.length
    let from = start
    let at = start
    let cr = find(chunk, CR, at)
    let lf = find(chunk, LF, at)
    for (;;) {
      if (lf < size && lf === cr + 1) {
        at = lf + 1
        if (at === size || (this.#dots && chunk[at] === DOT)) return this.#pass(chunk, from, at, 'line start')
        cr = find(chunk, CR, at)
        lf = find(chunk, LF, at)
      } else if (lf < cr) {
        at = this.#pass(chunk, from, lf, 'mended') + 1
        this.#stray = true
        this.#out(crlf)
        if (at === size) return at
        from = at
        lf = find(chunk, LF, at)
      } else if (cr < size - 1) {
        at = this.#pass(chunk, from, cr, 'in line') + 1
        this.#bareCr()
        from = at
        cr = find(chunk, CR, at)
      } else {
        return cr < size ? this.#pass(chunk, from, cr, 'CR') + 1 : this.#pass(chunk, from, size, 'in line')
      }
    }
  }

  /** One octet, or none, in a state that waits; gives where to go on. */
  #step(chunk: Buffer, at: number): number {
    const octet = chunk[at]
    switch (this.#state) {
      case 'CR':
        if (octet === LF) {
          this.#out(crlf)
          this.#state = 'line start'
          return at + 1
        }
        this.#bareCr()
        return at
      case 'dot':
        if (octet === CR) {
          this.#state = 'dot CR'
          return at + 1
        }
        this.#state = 'in line'
        return at
      case 'dot CR':
        if (octet === LF) {
          this.#ended = true
          return at + 1
        }
        this.#bareCr()
        return at
      case 'line start':
      case 'mended':
      case 'in line':
        this.#state = 'dot'
        return at + 1
    }
  }

  #pass(chunk: Buffer, from: number, to: number, state: State): number {
    if (to > from) this.#out(from === 0 && to === chunk.length ? chunk : chunk.subarray(from, to))
    this.#state = state
    return to
  }

  #bareCr(): void {
    this.#stray = true
    this.#out(space)
    this.#state = 'in line'
  }
}

/** Short lines are cheaper to walk, long ones to search. */
const walk = 16

function find(chunk: Buffer, octet: number, from: number): number {
  const near = Math.min(from + walk, chunk.length)
  for (let i = from; i < near; i += 1) if (chunk[i] === octet) return i
  const found = near < chunk.length ? chunk.indexOf(octet, near) : -1
  return found < 0 ? chunk.length : found
}
