/** A message in the spool, given out with or without some of its header fields. */
import { Fields } from './fields.ts'
import { SpoolFile } from './spool-file.ts'
import { othersTurn } from '../slices.ts'
import type { EightBit, Message, Pieces } from '../transaction.ts'

/** Octets given in one go: whoever takes them may be as fast as memory is, and others want their turn. Where fields are looked for, that takes longer. */
const turn = { plain: 262_144, fields: 65_536 }

/** What was seen on the way in. `octets`: of all fields of a name, where there were any. */
type Found = {
  readonly size: number
  readonly eightBit: EightBit
  readonly hops: number
  readonly octets: ReadonlyMap<string, number>
}

/** `discard`: the message is not needed any more. `free`: nor does anybody read its memory. Once each. */
type Ends = { readonly discard: () => void; readonly free: () => void }

export class StoredMessage implements Message {
  readonly size: number
  readonly eightBit: EightBit
  readonly hops: number
  readonly #octets: ReadonlyMap<string, number>
  readonly #source: SpoolFile | Uint8Array[]
  readonly #ends: Ends
  #holds = 0
  #isDiscarded = false

  constructor(found: Found, source: SpoolFile | Uint8Array[], ends: Ends) {
    this.size = found.size
    this.eightBit = found.eightBit
    this.hops = found.hops
    this.#octets = found.octets
    this.#source = source
    this.#ends = ends
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
    const present = [...omit].filter(name => this.#octets.has(name))
    return present.length === 0 ? this.#whole(turn.plain) : withoutFields(this.#whole(turn.fields), new Set(present))
  }

  hold(): () => void {
    this.#holds += 1
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      this.#holds -= 1
      if (this.#holds === 0 && this.#isDiscarded) this.#ends.free()
    }
  }

  discard(): void {
    if (this.#isDiscarded) return
    this.#isDiscarded = true
    // Out of what readers were given, too: who is late finds too few octets, not those of another message.
    if (!(this.#source instanceof SpoolFile)) this.#source.length = 0
    this.#ends.discard()
    if (this.#holds === 0) this.#ends.free()
  }

  #whole(atOnce: number): Pieces {
    if (this.#source instanceof SpoolFile) return this.#source.pieces(this.size)
    return this.size <= atOnce ? this.#source : withTurns(this.#source, atOnce)
  }
}

async function* withTurns(pieces: readonly Uint8Array[], atOnce: number): AsyncGenerator<Uint8Array> {
  let given = 0
  for (const piece of pieces) {
    yield piece
    given += piece.length
    if (given < atOnce) continue
    await othersTurn()
    given = 0
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
