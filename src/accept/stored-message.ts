/** A message in the spool, given out with or without some of its header fields. */
import { Fields } from './fields.ts'
import { SpoolFile } from './spool-file.ts'
import type { EightBit, Message, Pieces } from '../transaction.ts'

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

  has(field: string): boolean {
    return this.#octets.has(field)
  }

  sizeWithout(omit: ReadonlySet<string>): number {
    let size = this.size
    for (const name of omit) size -= this.#octets.get(name) ?? 0
    return size
  }

  pieces(omit: ReadonlySet<string>): Pieces {
    const whole = this.#source instanceof SpoolFile ? this.#source.pieces(this.size) : this.#source
    const present = [...omit].filter(name => this.#octets.has(name))
    return present.length === 0 ? whole : withoutFields(whole, new Set(present))
  }

  discard(): void {
    this.#source = []
    this.#discard()
  }
}

async function* withoutFields(pieces: Pieces, names: ReadonlySet<string>): AsyncGenerator<Uint8Array> {
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
