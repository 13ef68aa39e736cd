/** Where messages rest meanwhile: in memory, within a budget over all sessions that is kept half free for small ones; the rest in unlinked temporary files. */
import { isAscii } from 'node:buffer'
import { mkdirSync, readdirSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { Blocks } from './blocks.ts'
import type { Block } from './blocks.ts'
import { Fields } from './fields.ts'
import { SpoolFile } from './spool-file.ts'
import type { OnWritten } from './spool-file.ts'
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
  readonly blocks: Blocks
  #inMemory = 0
  readonly #files = new Set<SpoolFile>()
  #octets = 0
  readonly #ends = { taken: 0, 'too big': 0, 'no space': 0, 'stray newline': 0, 'too many chunks': 0 }

  /** Makes the folder and sweeps what a killed process left between opening and unlinking. Throws if the folder cannot be used. */
  constructor(options: SpoolOptions) {
    this.options = options
    this.blocks = new Blocks(options.total / 3)
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
  }

  /** `names`: header fields (lower case) that may be left out later. */
  receive(names: ReadonlySet<string>): Incoming {
    return new Incoming(this, names)
  }
}

/** A message coming in. Whatever goes wrong, it can be written to the end; `end` then says what it was. */
export class Incoming {
  readonly #spool: Spool
  readonly #fields: Fields
  /** In memory. */
  readonly #pieces: Uint8Array[] = []
  /** Those in which the pieces lie, or what the file has still to write, in order; the last one may be being filled. */
  readonly #blocks: Block[] = []
  #block: Block | undefined
  #filled = 0
  #size = 0
  #held = 0
  #eightBit: EightBit = 'none'
  #hops = 0
  readonly #octets = new Map<string, number>()
  #file: SpoolFile | undefined
  #failed: NoMessage | undefined
  /** It is a message now, or forgotten. */
  #isOver = false

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

  /** The body has not begun. */
  get isInHeader(): boolean {
    return !this.#fields.ended
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

  /** The bytes are copied. */
  write(bytes: Uint8Array): void {
    this.#size += bytes.length
    if (this.#size > this.#spool.options.limit) this.fail('too big')
    if (this.#file?.failed === true) this.fail('no space')
    if (this.#failed !== undefined || this.#isOver) return
    this.#look(bytes)
    this.#fill(bytes)
  }

  async end(): Promise<Message | NoMessage> {
    this.#fields.end()
    this.#closeBlock()
    if (this.#file !== undefined && !(await this.#file.flush())) this.fail('no space')
    this.#spool.ended(this.#size, this.#failed ?? 'taken')
    if (this.#failed !== undefined) return this.#failed
    const found = { size: this.#size, eightBit: this.#eightBit, hops: this.#hops, octets: this.#octets }
    this.#isOver = true
    return new StoredMessage(found, this.#file ?? this.#pieces, {
      discard: () => this.#letGo(),
      free: () => this.#free(),
    })
  }

  /** Only as long as it is no message: then that is discarded. */
  discard(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#pieces.length = 0
    this.#block = undefined
    this.#letGo()
    // The file may be writing out of the others.
    if (this.#file === undefined) this.#free()
  }

  #letGo(): void {
    this.#giveBack(this.#held)
    if (this.#file !== undefined) this.#spool.closeFile(this.#file)
  }

  #free(): void {
    for (const block of this.#blocks.splice(0)) this.#spool.blocks.giveBack(block)
  }

  #look(bytes: Uint8Array): void {
    if (this.#fields.ended) this.#noteEightBit(bytes, 'body')
    else this.#fields.write(bytes)
  }

  #noteEightBit(bytes: Uint8Array, where: EightBit): void {
    if (this.#eightBit !== 'none' && where === 'body') return
    if (this.#eightBit !== where && !isAscii(bytes)) this.#eightBit = where
  }

  #fill(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const { octets } = (this.#block ??= this.#newBlock())
      const end = Math.min(bytes.length, at + octets.length - this.#filled)
      octets.set(end - at === bytes.length ? bytes : bytes.subarray(at, end), this.#filled)
      this.#filled += end - at
      at = end
      if (this.#filled === octets.length) this.#closeBlock()
    }
  }

  #newBlock(): Block {
    const block = this.#spool.blocks.take(this.#blocks.length === 0 && this.#file === undefined ? 'first' : 'other')
    this.#blocks.push(block)
    return block
  }

  #closeBlock(): void {
    if (this.#block === undefined) return
    const full = this.#block.octets.subarray(0, this.#filled)
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
      this.#file = this.#spool.openFile((octets, pieces) => {
        this.#giveBack(Math.min(octets, this.#held))
        for (const block of this.#blocks.splice(0, pieces)) this.#spool.blocks.giveBack(block)
      })
      for (const piece of this.#pieces.splice(0)) this.#file.write(piece)
    }
    this.#file.write(bytes)
  }

  #giveBack(octets: number): void {
    this.#spool.giveBack(octets)
    this.#held -= octets
  }
}
