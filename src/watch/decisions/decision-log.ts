/** Takes decisions down in files, in batches and behind the mail's back: whoever asks later why a message fared as it did is answered from them. */
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../clock.ts'
import { usableFolder } from '../../make-folder.ts'
import { lineOf, type Decision, type Decisions } from './record.ts'
import { segmentName, sweep } from './segments.ts'

/** `size` in octets: of all files together; `writers`: processes that write to the folder. `onTrouble` is told what keeps decisions from being written, once until it is over. */
export type DecisionLogOptions = {
  readonly folder: string
  readonly size: number
  readonly writers: number
  readonly clock: Clock
  readonly onTrouble: (cause: string) => void
}

/** A batch is written after so many milliseconds, of about so many octets at a time. */
const patience = 50
const batch = 256 * 1024
/** Milliseconds until a decision becomes text: what it holds is then forgotten while it is young, which costs least. Sooner, every message of a quiet gate would wake it once more. */
const soon = 10
/** Decisions whose text is one piece, at most. */
const together = 200
/** Decisions that wait for the disk; beyond, they are lost and counted. */
const most = 20_000
/** Of each writer: so many that the oldest is a small part of all. */
const files = 10
const largestFile = 64 * 1024 * 1024

type Open = { readonly handle: FileHandle; size: number }

/** `count`: decisions. */
type Lines = { readonly octets: Buffer; readonly count: number }

export class DecisionLog implements Decisions {
  readonly #options: DecisionLogOptions
  /** Not text yet. */
  #fresh: Decision[] = []
  #waiting: Lines[] = []
  /** Decisions that are not written. */
  #count = 0
  #lost = 0
  #open: Open | undefined
  #opened = 0
  #cancel: (() => void) | undefined
  #cancelTurn: (() => void) | undefined
  #last = Promise.resolve()
  #isQueued = false
  #trouble: string | undefined

  constructor(options: DecisionLogOptions) {
    this.#options = options
  }

  /** Makes the folder. Rejects if it cannot be written to. */
  prepare(): Promise<void> {
    return usableFolder(this.#options.folder)
  }

  record(decision: Decision): void {
    if (this.#count >= most) {
      this.#lost += 1
      return
    }
    this.#count += 1
    this.#fresh.push(decision)
    this.#cancelTurn ??= this.#options.clock.after(soon, () => this.#toText())
    if (this.#isQueued) return
    this.#cancel ??= this.#options.clock.after(patience, () => void this.flush())
  }

  /** Resolves when everything recorded so far is written, or lost. */
  flush(): Promise<void> {
    this.#cancel?.()
    this.#cancel = undefined
    this.#isQueued = true
    this.#last = this.#last.then(() => this.#writeAll())
    return this.#last
  }

  /** As `flush`; nothing may be recorded any more. */
  async close(): Promise<void> {
    await this.flush()
    await this.#closeFile()
  }

  async #writeAll(): Promise<void> {
    this.#isQueued = false
    this.#toText()
    const waiting = this.#waiting
    this.#waiting = []
    while (waiting.length > 0) {
      const octets: Buffer[] = []
      // A file is closed behind a batch, and none is to be much larger than its share.
      const room = Math.min(batch, this.#share - (this.#open?.size ?? 0))
      for (let size = 0; size < room;) {
        const lines = waiting.shift()
        if (lines === undefined) break
        octets.push(lines.octets)
        size += lines.octets.length
        this.#count -= lines.count
      }
      await this.#write(Buffer.concat(octets)).then(
        () => this.#fine(),
        async (error: unknown) => {
          await this.#closeFile()
          this.#tell(error instanceof Error ? error.message : String(error))
        },
      )
    }
  }

  #toText(): void {
    this.#cancelTurn?.()
    this.#cancelTurn = undefined
    const fresh = this.#fresh
    this.#fresh = []
    for (let at = 0; at < fresh.length; at += together) {
      const some = fresh.slice(at, at + together)
      let text = ''
      for (const decision of some) text += lineOf(decision)
      this.#waiting.push({ octets: Buffer.from(text), count: some.length })
    }
  }

  async #write(octets: Buffer): Promise<void> {
    const file = (this.#open ??= await this.#newFile())
    await file.handle.appendFile(octets)
    file.size += octets.length
    // Where little is written, a file may be the oldest of all while it is written to.
    const isGone = (await file.handle.stat()).nlink === 0
    if (isGone || file.size >= this.#share) await this.#closeFile()
  }

  async #newFile(): Promise<Open> {
    const { folder, size, writers, clock } = this.#options
    await sweep(folder, size - writers * this.#share)
    this.#opened += 1
    const path = join(folder, segmentName(clock.date(), process.pid, this.#opened))
    return { handle: await open(path, 'ax', 0o600), size: 0 }
  }

  /** Octets of one file. */
  get #share(): number {
    const { size, writers } = this.#options
    return Math.min(largestFile, size / files / writers)
  }

  async #closeFile(): Promise<void> {
    const file = this.#open
    this.#open = undefined
    await file?.handle.close().catch(() => undefined)
  }

  #fine(): void {
    this.#trouble = undefined
    if (this.#lost > 0) this.#options.onTrouble(`${this.#lost} decisions were lost: the disk could not keep up`)
    this.#lost = 0
  }

  /** Once, until it is over. */
  #tell(cause: string): void {
    if (this.#trouble !== cause) this.#options.onTrouble(cause)
    this.#trouble = cause
  }
}
