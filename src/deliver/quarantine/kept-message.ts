/** A message that lies in quarantine, as the road to the next hop wants it. */
import type { FileHandle } from 'node:fs/promises'
import type { EightBit, Message } from '../../transaction.ts'

const readSize = 262_144

export class KeptMessage implements Message {
  readonly size: number
  readonly eightBit: EightBit
  readonly hops: number
  readonly #file: FileHandle

  /** The file becomes ours. */
  constructor(file: FileHandle, { size, eightBit, hops }: Pick<Message, 'size' | 'eightBit' | 'hops'>) {
    this.size = size
    this.eightBit = eightBit
    this.hops = hops
    this.#file = file
  }

  /** What is left out of copies was left out before it was kept. */
  has(): boolean {
    return false
  }

  /** Throws if anything is to be left out: what no copy may have was left out before the message was kept. */
  sizeWithout(omit: ReadonlySet<string>): number {
    if (omit.size > 0) throw new Error('nothing is left out of a kept message')
    return this.size
  }

  pieces(omit: ReadonlySet<string>): AsyncIterable<Uint8Array> {
    this.sizeWithout(omit)
    return this.#read()
  }

  /** No more pieces after that. Any number of times. */
  discard(): void {
    this.#file.close().catch(() => undefined)
  }

  async *#read(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < this.size;) {
      const { bytesRead, buffer } = await this.#file.read(Buffer.allocUnsafeSlow(readSize), 0, readSize, at)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
      at += bytesRead
    }
  }
}
