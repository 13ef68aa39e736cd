/** What a client sends, cut into command lines, data and chunks (RFC 5321, RFC 3030). It knows no replies. */

/** RFC 5321 §4.5.3.1.4 and what the extensions add: 512 + SIZE 26 + BODY 16 + SMTPUTF8 10 + DSN 600, with room to spare. */
const maxLine = 2048

/** Octets that become text together; more than the longest line. */
const textSize = 4096

/** Octets that may wait while more is read. */
const little = 16_384

const empty = Buffer.alloc(0)

/** What is taken from one client in one go, since others want their turn: a packet may hold thousands of lines, and a message may come faster than it is read. */
const turn = { lines: 64, octets: 524_288 }

/** `hold`: nothing is read until somebody says what comes next. `octets`: that many of them. `data`: up to the end that the taker finds. */
type Mode = 'hold' | 'command' | 'octets' | 'data'

/** Who takes the commands. */
export type LineTaker = {
  /** A line without its end, latin1; undefined: it was too long. */
  line(line: string | undefined): void
}

/** How many octets were taken, whether the data ended with them, and how many ordinary octets would have been as much work. */
export type Taken = { readonly taken: number; readonly ended: boolean; readonly work: number }

/** All of it, and nobody looked at it. */
export function unused({ length }: Buffer): Taken {
  return { taken: length, ended: false, work: length }
}

/** Who takes what comes of messages. */
export type MessageTaker = {
  /** Bytes of DATA. They stay what they are only for the time of the call, here and below. */
  data(bytes: Buffer): Taken
  /** Bytes of a chunk, the announced number in all. */
  octets(bytes: Buffer): Taken
  /** The chunk is complete. */
  chunkEnd(): void
  /** False makes the client wait until `proceed()`. */
  readonly isReady: boolean
}

/** Where it comes from: the socket. */
export type Source = { pause(): void; resume(): void }

/** In the place of smtp-server's parser, and not a stream: what cannot be used up at once holds the source up. */
export class Input {
  lines: LineTaker | undefined
  message: MessageTaker | undefined
  /** All that the client sent is used up, and more will not come. */
  onEnd: () => void = () => undefined
  readonly #source: Source
  #mode: Mode = 'hold'
  #octets = 0
  /** Octets of a message since others had their turn, or what was as much work. */
  #work = 0
  #rest: Buffer = empty
  /** The first octets of `#rest` as text (latin1), in which commands are looked for, from `#at` on. */
  #text = ''
  #at = 0
  #isTooLong = false
  #isRunning = false
  #isChoked = false
  #isResting = false
  #isPaused = false
  #owesEnd = false
  #isClosed = false

  constructor(source: Source) {
    this.#source = source
  }

  /** The memory of `chunk` is the caller's again when this returns. */
  write(chunk: Buffer): void {
    if (this.#isClosed) return
    this.#dropText()
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    this.proceed()
    this.#dropText()
    this.#rest = this.#rest.length === 0 ? empty : Buffer.from(this.#rest)
  }

  /** The client has said all it will. */
  end(): void {
    this.#owesEnd = true
    this.proceed()
  }

  /** Nothing that comes, or is here, counts any more. */
  close(): void {
    this.#isClosed = true
    this.#rest = empty
  }

  /** The client does not read its replies: it is not read either, until `unchoke()`. */
  choke(): void {
    this.#isChoked = true
  }

  unchoke(): void {
    this.#isChoked = false
    this.proceed()
  }

  /** Nothing is read for now. */
  hold(): void {
    this.#mode = 'hold'
  }

  readCommands(): void {
    this.#mode = 'command'
    this.proceed()
  }

  readData(): void {
    this.#mode = 'data'
    this.proceed()
  }

  readOctets(octets: number): void {
    this.#mode = 'octets'
    this.#octets = octets
    this.proceed()
  }

  /** Goes on with what is here. Safe to call from within a taker. */
  proceed(): void {
    if (this.#isRunning || this.#isResting) return
    this.#isRunning = true
    let steps = 0
    while (steps < turn.lines && this.#step()) steps += 1
    this.#isRunning = false
    if (this.#isClosed) return
    if (steps === turn.lines || this.#work >= turn.octets) this.#restATurn()
    if (this.#isStuck) this.#holdUp()
    else this.#goOn()
  }

  /** For another reason than that more has to come. */
  get #isStuck(): boolean {
    return this.#isResting || this.#mode === 'hold' || this.#isChoked || this.message?.isReady === false
  }

  #holdUp(): void {
    // A client that is not read is not seen to break off either: so while it is little that waits, it is.
    const isLittle = this.#rest.length - this.#at <= little
    if (this.#isPaused || (isLittle && !this.#isResting)) return
    this.#isPaused = true
    this.#source.pause()
  }

  #goOn(): void {
    if (this.#isPaused) {
      this.#isPaused = false
      this.#source.resume()
    }
    if (!this.#owesEnd) return
    this.#owesEnd = false
    this.onEnd()
  }

  #restATurn(): void {
    this.#isResting = true
    this.#work = 0
    setImmediate(() => {
      this.#isResting = false
      this.proceed()
    })
  }

  /** False: stuck until more comes, or until somebody lets it go on. */
  #step(): boolean {
    const { lines, message } = this
    if (lines === undefined || message?.isReady !== true || this.#isChoked || this.#isClosed) return false
    switch (this.#mode) {
      case 'hold':
        return false
      case 'command':
        return this.#line(lines)
      case 'data':
        return this.#data(message)
      case 'octets':
        return this.#chunk(message)
    }
  }

  #line(taker: LineTaker): boolean {
    let lf = this.#text.indexOf('\n', this.#at)
    if (lf < 0) {
      this.#dropText()
      this.#text = this.#rest.toString('latin1', 0, textSize)
      lf = this.#text.indexOf('\n')
      if (lf < 0) return this.#withoutEnd()
    }
    const end = this.#text.charAt(lf - 1) === '\r' && lf > this.#at ? lf - 1 : lf
    const isTooLong = this.#isTooLong || end - this.#at > maxLine
    const line = isTooLong ? undefined : this.#text.slice(this.#at, end)
    this.#isTooLong = false
    this.#at = lf + 1
    taker.line(line)
    return true
  }

  /** An overlong line is forgotten as it comes, up to its end: the commands behind it are still in step. False: more must come. */
  #withoutEnd(): boolean {
    const { length } = this.#text
    this.#text = ''
    // The CR may be here already.
    if (length <= maxLine + 1) return false
    this.#isTooLong = true
    this.#rest = this.#rest.subarray(length)
    return this.#rest.length > 0
  }

  /** What was taken of the text is taken of the octets, too. */
  #dropText(): void {
    if (this.#at > 0) this.#rest = this.#rest.subarray(this.#at)
    this.#text = ''
    this.#at = 0
  }

  #data(taker: MessageTaker): boolean {
    this.#dropText()
    if (this.#rest.length === 0) return false
    const bytes = this.#rest
    this.#rest = empty
    const { taken, ended, work } = taker.data(bytes)
    this.#work = ended ? 0 : this.#work + work
    if (ended) this.#rest = bytes.subarray(taken)
    return ended
  }

  #chunk(taker: MessageTaker): boolean {
    this.#dropText()
    if (this.#octets === 0) {
      this.#mode = 'hold'
      taker.chunkEnd()
      return true
    }
    if (this.#rest.length === 0) return false
    const bytes = this.#rest.subarray(0, this.#octets)
    this.#rest = this.#rest.subarray(bytes.length)
    this.#octets -= bytes.length
    this.#work += taker.octets(bytes).work
    return true
  }
}
