/** A message on its way into the spool: into blocks of memory, and from those into a file where the budget has no room. */
import { isAscii } from 'node:buffer'
import type { Block } from './blocks.ts'
import { Fields } from './fields.ts'
import type { SpoolFile } from './spool-file.ts'
import type { Spool } from './spool.ts'
import { StoredMessage } from './stored-message.ts'
import type { EightBit, Message, NoMessage } from '../transaction.ts'

/** Whatever goes wrong, it can be written to the end; `end` then says what it was. */
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

  /** `isDotless`: no line begins with a dot. */
  async end(isDotless = false): Promise<Message | NoMessage> {
    this.#fields.end()
    this.#closeBlock()
    if (this.#file !== undefined && !(await this.#file.flush())) this.fail('no space')
    this.#spool.ended(this.#size, this.#failed ?? 'taken')
    if (this.#failed !== undefined) return this.#failed
    const found = { size: this.#size, eightBit: this.#eightBit, hops: this.#hops, octets: this.#octets, isDotless }
    this.#isOver = true
    return new StoredMessage(
      found,
      { source: this.#file ?? this.#pieces, blocks: this.#spool.blocks },
      {
        discard: () => this.#letGo(),
        free: () => this.#free(),
      },
    )
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
