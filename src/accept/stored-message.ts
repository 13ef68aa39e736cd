/** A message in the spool, given out with or without some of its header fields. */
import type { Blocks } from './blocks.ts'
import { Fields } from './fields.ts'
import { SpoolFile } from './spool-file.ts'
import { SpoolReading } from './spool-reading.ts'
import { othersTurn } from '../slices.ts'
import type { EightBit, Hold, Message, Pieces } from '../transaction.ts'

/** Octets given in one go: whoever takes them may be as fast as memory is, and others want their turn. Where fields are looked for, that takes longer. */
const turn = { plain: 262_144, fields: 65_536 }

/** What was seen on the way in. `octets`: of all fields of a name, where there were any. */
type Found = {
  readonly size: number
  readonly eightBit: EightBit
  readonly hops: number
  readonly isDotless: boolean
  readonly octets: ReadonlyMap<string, number>
}

/** `discard`: the message is not needed any more. `free`: nor does anybody read its memory. */
type Ends = { readonly discard: () => void; readonly free: () => void }

/** `blocks`: what a file is read into for those who say what they have passed. */
type Place = { readonly source: SpoolFile | Uint8Array[]; readonly blocks: Blocks }

export class StoredMessage implements Message {
  readonly size: number
  readonly eightBit: EightBit
  readonly hops: number
  readonly isDotless: boolean
  readonly #octets: ReadonlyMap<string, number>
  readonly #place: Place
  readonly #ends: Ends
  #holds = 0
  #isDiscarded = false

  constructor(found: Found, place: Place, ends: Ends) {
    this.size = found.size
    this.eightBit = found.eightBit
    this.hops = found.hops
    this.isDotless = found.isDotless
    this.#octets = found.octets
    this.#place = place
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
    return this.#pieces(omit, undefined)
  }

  hold(): Hold {
    const { source, blocks } = this.#place
    const reading = source instanceof SpoolFile ? new SpoolReading(source, blocks) : undefined
    this.#holds += 1
    let isHeld = true
    return {
      pieces: omit => this.#pieces(omit, reading),
      // Fields may have been left out: what was given lies at least as far into the file.
      passed: octets => reading?.passed(octets),
      letGo: () => {
        if (!isHeld) return
        isHeld = false
        reading?.passed(Infinity)
        this.#holds -= 1
        if (this.#holds === 0 && this.#isDiscarded) this.#ends.free()
      },
    }
  }

  discard(): void {
    if (this.#isDiscarded) return
    this.#isDiscarded = true
    const { source } = this.#place
    // Out of what readers were given, too: who is late finds too few octets, not those of another message.
    if (!(source instanceof SpoolFile)) source.length = 0
    this.#ends.discard()
    if (this.#holds === 0) this.#ends.free()
  }

  #pieces(omit: ReadonlySet<string>, reading: SpoolReading | undefined): Pieces {
    const present = [...omit].filter(name => this.#octets.has(name))
    if (present.length === 0) return this.#whole(turn.plain, reading)
    return withoutFields(this.#whole(turn.fields, reading), new Set(present))
  }

  #whole(atOnce: number, reading: SpoolReading | undefined): Pieces {
    const { source } = this.#place
    if (source instanceof SpoolFile) return (reading ?? source).pieces(this.size)
    return this.size <= atOnce ? source : withTurns(source, atOnce)
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
