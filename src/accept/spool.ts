/** Where messages rest meanwhile: in memory, within a budget over all sessions that is kept half free for small ones; the rest in unlinked temporary files. */
import { mkdirSync, readdirSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../clock.ts'
import type { Clock } from '../clock.ts'
import { Blocks } from './blocks.ts'
import { Incoming } from './incoming.ts'
import { SpoolFile } from './spool-file.ts'
import type { OnWritten } from './spool-file.ts'
import type { NoMessage } from '../transaction.ts'

/** Memory that no message needed for so long (ms) is let go of, when the next one has come. */
const trimAfter = 10_000

/** All in octets. `total`: of all messages in memory; `memory`: of one message where others have taken more than half of that; `limit`: the largest message. */
export type SpoolOptions = {
  readonly folder: string
  readonly memory: number
  readonly total: number
  readonly limit: number
}

/** `inMemory` and `octets` in octets; `files` are open now; `octets` and `ends` count messages that came in since the start. */
export type SpoolStats = {
  readonly inMemory: number
  readonly files: number
  readonly octets: number
  readonly ends: Readonly<Record<'taken' | NoMessage, number>>
}

/** Counts what lies in memory. Every octet taken is given back by the message that holds it. */
export class Spool {
  readonly options: SpoolOptions
  readonly blocks = new Blocks()
  readonly #clock: Clock
  #trimmedAt: number
  #inMemory = 0
  readonly #files = new Set<SpoolFile>()
  #octets = 0
  readonly #ends = { taken: 0, 'too big': 0, 'no space': 0, 'stray newline': 0, 'too many chunks': 0 }

  /** Makes the folder and sweeps what a killed process left between opening and unlinking. Throws if the folder cannot be used. */
  constructor(options: SpoolOptions, clock: Clock = systemClock) {
    this.options = options
    this.#clock = clock
    this.#trimmedAt = clock.now()
    mkdirSync(options.folder, { recursive: true, mode: 0o700 })
    for (const name of readdirSync(options.folder)) {
      if (name.endsWith(SpoolFile.suffix)) unlinkSync(join(options.folder, name))
    }
  }

  get inMemory(): number {
    return this.#inMemory
  }

  /** False if the budget has no room for so many octets more of a message that has `held` in memory. */
  take(octets: number, held: number): boolean {
    const { memory, total } = this.options
    const room = held + octets <= memory ? total : total / 2
    if (this.#inMemory + octets > room) return false
    this.#inMemory += octets
    return true
  }

  giveBack(octets: number): void {
    this.#inMemory -= octets
  }

  stats(): SpoolStats {
    return { inMemory: this.#inMemory, files: this.#files.size, octets: this.#octets, ends: { ...this.#ends } }
  }

  openFile(onWritten: OnWritten): SpoolFile {
    const file = SpoolFile.open(this.options.folder, onWritten)
    this.#files.add(file)
    return file
  }

  /** Any number of times. */
  closeFile(file: SpoolFile): void {
    this.#files.delete(file)
    file.close()
  }

  /** A message has come to its end. */
  ended(octets: number, end: 'taken' | NoMessage): void {
    this.#octets += octets
    this.#ends[end] += 1
    const now = this.#clock.now()
    if (now - this.#trimmedAt < trimAfter) return
    this.#trimmedAt = now
    this.blocks.trim()
  }

  /** `names`: header fields (lower case) that may be left out later. */
  receive(names: ReadonlySet<string>): Incoming {
    return new Incoming(this, names)
  }
}
