/** Writes log lines to a file descriptor in batches, without ever making the mail wait for whoever reads them. */
import { write, writeSync } from 'node:fs'
import type { Clock } from '../clock.ts'
import { Backlog } from './backlog.ts'

/** A batch leaves after this many milliseconds, or when it has become this many octets. */
const patience = 20
const batch = 256 * 1024
/** A reader that has stopped must not fill our memory: beyond this, lines are dropped and counted. */
const most = 16 * 1024 * 1024
/** Milliseconds between two tries while the reader is behind, and tries at the very end. */
const pause = 100
const lastTries = 20

export class Output {
  readonly #fd: number
  readonly #clock: Clock
  readonly #lines = new Backlog()
  #writing = false
  #scheduled = false
  #dropped = 0
  /** What the reader had no room for, until the next try. */
  #left: Buffer = nothing
  #waiting: (() => void)[] = []

  constructor(fd: number, clock: Clock) {
    this.#fd = fd
    this.#clock = clock
  }

  /** `line` is ASCII and ends in a newline. */
  write(line: string): void {
    if (this.#lines.length + line.length > most) {
      this.#dropped += 1
      return
    }
    this.#lines.add(line)
    if (!this.#writing) this.#next()
  }

  /** Resolves when all lines so far are written, or lost for good. */
  flush(): Promise<void> {
    if (!this.#writing && this.#lines.length === 0) return Promise.resolve()
    const flushed = new Promise<void>(resolve => this.#waiting.push(resolve))
    if (!this.#writing) this.#next()
    return flushed
  }

  /** Writes what is left at once. A batch that is on its way already is left to the system, so that no line is written twice. */
  flushNow(): void {
    let rest = Buffer.concat([this.#left, this.#take()])
    this.#left = nothing
    for (let tries = 0; rest.length > 0 && tries < lastTries;) {
      try {
        rest = rest.subarray(writeSync(this.#fd, rest))
      } catch (error) {
        if (!isBehind(error)) return
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause)
        tries += 1
      }
    }
  }

  #next(): void {
    if (this.#lines.length === 0) {
      const waiting = this.#waiting
      this.#waiting = []
      for (const resolve of waiting) resolve()
    } else if (this.#lines.length >= batch || this.#waiting.length > 0) {
      this.#writing = true
      this.#send(this.#take())
    } else if (!this.#scheduled) {
      this.#scheduled = true
      this.#clock.after(patience, () => this.#due())
    }
  }

  #due(): void {
    this.#scheduled = false
    if (this.#writing || this.#lines.length === 0) return
    this.#writing = true
    this.#send(this.#take())
  }

  #take(): Buffer {
    if (this.#lines.length > 0 && this.#dropped > 0) {
      this.#lines.add(`lmtp-gate: ${this.#dropped} log lines were dropped, nobody read them\n`)
      this.#dropped = 0
    }
    return this.#lines.take()
  }

  #sendLeft(): void {
    const left = this.#left
    this.#left = nothing
    this.#send(left)
  }

  #send(bytes: Buffer): void {
    write(this.#fd, bytes, (error, written) => {
      if (isBehind(error)) {
        this.#left = bytes
        this.#clock.after(pause, () => this.#sendLeft())
        return
      }
      if (error === null && written < bytes.length) {
        this.#send(bytes.subarray(written))
        return
      }
      if (error !== null) this.#dropped += bytes.toString('latin1').split('\n').length - 1
      this.#writing = false
      this.#next()
    })
  }
}

const nothing = Buffer.alloc(0)

function isBehind(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN'
}
