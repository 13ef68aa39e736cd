/** A temporary file without a name: written in order, read at any place, gone when closed or when the process dies. */
import { randomBytes } from 'node:crypto'
import { close, openSync, readv, unlinkSync, writev } from 'node:fs'
import { join } from 'node:path'

/** Octets that may wait for the disk before the client is made to wait. */
const highWater = 262_144
const readSize = 262_144

/** So many octets more are in the file, and so many pieces more are there to their end: nobody reads those any more. */
export type OnWritten = (octets: number, pieces: number) => void

export class SpoolFile {
  /** Of the name that the file has for an instant. */
  static readonly suffix = '.lmtp-gate-spool'

  readonly #fd: number | undefined
  readonly #onWritten: OnWritten
  #waiting: Uint8Array[] = []
  #waitingOctets = 0
  #isWriting = false
  #failed: boolean
  #closed = false
  /** Calls on the descriptor under way: it must not be closed before, or its number could stand for another file. */
  #underWay = 0
  #whenWritable: (() => void)[] = []
  #whenFlushed: (() => void)[] = []

  /** A file that could not be opened is one that has failed. */
  static open(folder: string, onWritten: OnWritten): SpoolFile {
    try {
      const path = join(folder, randomBytes(12).toString('hex') + SpoolFile.suffix)
      const fd = openSync(path, 'wx+', 0o600)
      unlinkSync(path)
      return new SpoolFile(fd, onWritten)
    } catch {
      return new SpoolFile(undefined, onWritten)
    }
  }

  private constructor(fd: number | undefined, onWritten: OnWritten) {
    this.#fd = fd
    this.#onWritten = onWritten
    this.#failed = fd === undefined
  }

  /** The disk is full, or worse. */
  get failed(): boolean {
    return this.#failed
  }

  get isFull(): boolean {
    return this.#waitingOctets > highWater && !this.#failed
  }

  /** At once, if there is room. */
  whenWritable(task: () => void): void {
    if (this.isFull) this.#whenWritable.push(task)
    else task()
  }

  /** The bytes are the file's until they are said to be in it. */
  write(bytes: Uint8Array): void {
    if (this.#failed || this.#closed) return
    this.#waiting.push(bytes)
    this.#waitingOctets += bytes.length
    this.#writeOn()
  }

  /** True when everything is in the file. */
  async flush(): Promise<boolean> {
    while (this.#isWriting) await new Promise<void>(resolve => this.#whenFlushed.push(resolve))
    return !this.#failed
  }

  /** Rejects if the file cannot be read. */
  async *pieces(size: number): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < size;) {
      const piece = Buffer.allocUnsafeSlow(Math.min(readSize, size - at))
      const octets = await this.read([piece], at)
      yield piece.subarray(0, octets)
      at += octets
    }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#waiting = []
    this.#waitingOctets = 0
    this.#release()
    this.#wake()
  }

  #writeOn(): void {
    if (this.#isWriting || this.#fd === undefined || this.#waiting.length === 0) return
    const batch = this.#waiting
    const octets = this.#waitingOctets
    this.#waiting = []
    this.#isWriting = true
    this.#underWay += 1
    writev(this.#fd, batch, null, (error, written) => {
      this.#isWriting = false
      this.#underWay -= 1
      if (this.#closed) {
        this.#release()
        return this.#wake()
      }
      this.#waitingOctets -= octets
      if (error !== null || written === 0) this.#failed = true
      const rest = written < octets ? unwritten(batch, written) : []
      if (!this.#failed && rest.length > 0) this.#putBack(rest)
      this.#onWritten(written, batch.length - rest.length)
      if (!this.#failed) this.#writeOn()
      this.#wake()
    })
  }

  /** A short write is legal: what is left goes first next time. */
  #putBack(rest: readonly Uint8Array[]): void {
    this.#waiting = [...rest, ...this.#waiting]
    this.#waitingOctets = this.#waiting.reduce((sum, piece) => sum + piece.length, 0)
  }

  #wake(): void {
    if (!this.isFull) for (const task of this.#whenWritable.splice(0)) task()
    if (!this.#isWriting) for (const task of this.#whenFlushed.splice(0)) task()
  }

  /** Octets read into `buffers`, at least one. Rejects if the file cannot be read, or has none at `at`. */
  read(buffers: readonly Uint8Array[], at: number): Promise<number> {
    const fd = this.#fd
    if (fd === undefined || this.#closed) return Promise.reject(new Error('spool file is closed'))
    this.#underWay += 1
    return new Promise((resolve, reject) => {
      readv(fd, buffers, at, (error, octets) => {
        this.#underWay -= 1
        if (this.#closed) this.#release()
        if (error !== null) reject(error)
        else if (octets === 0) reject(new Error('spool file is shorter than what was written'))
        else resolve(octets)
      })
    })
  }

  #release(): void {
    if (this.#fd !== undefined && this.#underWay === 0) close(this.#fd, () => undefined)
  }
}

/** What is left of the pieces behind the first octets. */
function unwritten(pieces: readonly Uint8Array[], octets: number): Uint8Array[] {
  let skip = octets
  const rest: Uint8Array[] = []
  for (const piece of pieces) {
    if (skip < piece.length) rest.push(piece.subarray(skip))
    skip = Math.max(0, skip - piece.length)
  }
  return rest
}
