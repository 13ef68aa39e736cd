/** A message in the spool, given out with or without some of its header fields. */
import { Fields } from './fields.ts'
import type { SpoolFile } from './spool-file.ts'
import type { EightBit, Message } from '../transaction.ts'

/** What was seen on the way in. `octets`: of all fields of a name, where there were any. */
type Found = {
  readonly size: number
  readonly eightBit: EightBit
  readonly hops: number
  readonly octets: ReadonlyMap<string, number>
}

export class StoredMessage implements Message {
  readonly size: number
  readonly eightBit: EightBit
  readonly hops: number
  readonly #octets: ReadonlyMap<string, number>
  #source: SpoolFile | readonly Uint8Array[]
  readonly #discard: () => void

  constructor(found: Found, source: SpoolFile | readonly Uint8Array[], discard: () => void) {
    this.size = found.size
    this.eightBit = found.eightBit
    this.hops = found.hops
    this.#octets = found.octets
    this.#source = source
    this.#discard = discard
  }

  sizeWithout(omit: ReadonlySet<string>): number {
    let size = this.size
    for (const name of omit) size -= this.#octets.get(name) ?? 0
    return size
  }

  pieces(omit: ReadonlySet<string>): AsyncIterable<Uint8Array> {
    const present = new Set([...omit].filter(name => this.#octets.has(name)))
    return present.size === 0 ? this.#whole() : withoutFields(this.#whole(), present)
  }

  discard(): void {
    this.#source = []
    this.#discard()
  }

  async *#whole(): AsyncGenerator<Uint8Array> {
    if (Array.isArray(this.#source)) yield* this.#source as readonly Uint8Array[]
    else yield* (this.#source as SpoolFile).pieces(this.size)
  }
}

async function* withoutFields(
  pieces: AsyncIterable<Uint8Array>,
  names: ReadonlySet<string>,
): AsyncGenerator<Uint8Array> {
  let kept: Uint8Array[] = []
  const fields = new Fields(names, (bytes, name) => {
    if (name === undefined) kept.push(bytes)
  })
  for await (const piece of pieces) {
    if (fields.ended) {
      yield piece
      continue
    }
    fields.write(piece)
    yield* kept
    kept = []
  }
  fields.end()
  yield* kept
}
