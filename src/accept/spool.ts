/** Where messages rest meanwhile: in memory, within a budget over all sessions that is kept half free for small ones; the rest in unlinked temporary files. */
import { isAscii } from 'node:buffer'
import { mkdirSync, readdirSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { Fields } from './fields.ts'
import { SpoolFile } from './spool-file.ts'
import { StoredMessage } from './stored-message.ts'
import type { EightBit, Message, NoMessage } from '../transaction.ts'

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
  #inMemory = 0
  readonly #files = new Set<SpoolFile>()
  #octets = 0
  readonly #ends = { taken: 0, 'too big': 0, 'no space': 0, 'stray newline': 0, 'too many chunks': 0 }

  /** Makes the folder and sweeps what a killed process left between opening and unlinking. Throws if the folder cannot be used. */
  constructor(options: SpoolOptions) {
    this.options = options
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

  /** `onWritten` is told how many octets more are in the file. */
  openFile(onWritten: (octets: number) => void): SpoolFile {
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
  }

  /** `names`: header fields (lower case) that may be left out later. */
  receive(names: ReadonlySet<string>): Incoming {
    return new Incoming(this, names)
  }
}

/** Small writes are gathered into blocks of this many octets, so that tiny packets cost no more memory than their content. */
const blockSize = 16_384

/** A message coming in. Whatever goes wrong, it can be written to the end; `end` then says what it was. */
export class Incoming {
  readonly #spool: Spool
  readonly #fields: Fields
  #pieces: Uint8Array[] = []
  #block: Buffer | undefined
  #filled = 0
  #size = 0
  #held = 0
  #eightBit: EightBit = 'none'
  #hops = 0
  readonly #octets = new Map<string, number>()
  #file: SpoolFile | undefined
  #failed: NoMessage | undefined

  constructor(spool: Spool, names: ReadonlySet<string>) {
    this.#spool = spool
    this.#fields = new Fields(new Set([...names, 'received']), (bytes, name, starts) => {
      this.#noteEightBit(bytes, this.#fields.ended ? 'body' : 'header')
      if (name === 'received') this.#hops += starts ? 1 : 0
      else if (name !== undefined) this.#octets.set(name, (this.#octets.get(name) ?? 0) + bytes.length)
    })
  }

  get size(): number {
    return this.#size
  }

  /** More is waiting for the disk than should; `whenWritable` tells when it is not. */
  get isFull(): boolean {
    return this.#file?.isFull ?? false
  }

  whenWritable(task: () => void): void {
    if (this.#file === undefined) task()
    else this.#file.whenWritable(task)
  }

  get failed(): NoMessage | undefined {
    return this.#failed
  }

  /** The message will be no message, and why. Its octets are read on and forgotten. */
  fail(why: NoMessage): void {
    if (this.#failed !== undefined) return
    this.#failed = why
    this.discard()
  }

  /** The bytes become ours. */
  write(bytes: Uint8Array): void {
    this.#size += bytes.length
    if (this.#size > this.#spool.options.limit) this.fail('too big')
    if (this.#file?.failed === true) this.fail('no space')
    if (this.#failed !== undefined) return
    this.#look(bytes)
    if (bytes.length >= blockSize / 4) {
      this.#closeBlock()
      this.#keep(bytes)
    } else {
      this.#gather(bytes)
    }
  }

  async end(): Promise<Message | NoMessage> {
    this.#fields.end()
    this.#closeBlock()
    if (this.#file !== undefined && !(await this.#file.flush())) this.fail('no space')
    this.#spool.ended(this.#size, this.#failed ?? 'taken')
    if (this.#failed !== undefined) return this.#failed
    const found = { size: this.#size, eightBit: this.#eightBit, hops: this.#hops, octets: this.#octets }
    return new StoredMessage(found, this.#file ?? this.#pieces, () => this.discard())
  }

  discard(): void {
    this.#pieces = []
    this.#block = undefined
    this.#giveBack(this.#held)
    if (this.#file !== undefined) this.#spool.closeFile(this.#file)
  }

  #look(bytes: Uint8Array): void {
    if (this.#fields.ended) this.#noteEightBit(bytes, 'body')
    else this.#fields.write(bytes)
  }

  #noteEightBit(bytes: Uint8Array, where: EightBit): void {
    if (this.#eightBit !== 'none' && where === 'body') return
    if (this.#eightBit !== where && !isAscii(bytes)) this.#eightBit = where
  }

  #gather(bytes: Uint8Array): void {
    if (this.#block !== undefined && this.#filled + bytes.length > this.#block.length) this.#closeBlock()
    this.#block ??= Buffer.allocUnsafeSlow(blockSize)
    this.#block.set(bytes, this.#filled)
    this.#filled += bytes.length
  }

  #closeBlock(): void {
    if (this.#block === undefined) return
    const full = this.#block.subarray(0, this.#filled)
    this.#block = undefined
    this.#filled = 0
    this.#keep(full)
  }

  #keep(bytes: Uint8Array): void {
    if (this.#file === undefined) {
      if (this.#spool.take(bytes.length, this.#held)) {
        this.#held += bytes.length
        this.#pieces.push(bytes)
        return
      }
      // What was held comes first in the file, and is in memory until it is there.
      this.#file = this.#spool.openFile(written => this.#giveBack(Math.min(written, this.#held)))
      for (const piece of this.#pieces) this.#file.write(piece)
      this.#pieces = []
    }
    this.#file.write(bytes)
  }

  #giveBack(octets: number): void {
    this.#spool.giveBack(octets)
    this.#held -= octets
  }
}
