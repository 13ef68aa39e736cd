/** Counts complete replies in a stream of octets without making a string of each. */

const newline = 10
const space = 32

export class ReplyCounter {
  readonly #takesRefusals: boolean
  /** What came of the line that is not complete yet: its first and fourth octet and its length. */
  #length = 0
  #first = 0
  #fourth = 0

  constructor(options: { readonly takesRefusals: boolean } = { takesRefusals: false }) {
    this.#takesRefusals = options.takesRefusals
  }

  /** How many replies end in this chunk. Throws on a 4xx or 5xx unless they are taken: a refusal is quick and would look like speed. */
  count(chunk: Buffer): number {
    let replies = 0
    for (let at = 0; at < chunk.length;) {
      const end = chunk.indexOf(newline, at)
      const stop = end < 0 ? chunk.length : end
      this.#look(chunk, at, stop)
      if (end < 0) break
      if (this.#first > 0x33 && !this.#takesRefusals) throw new Error(`refused: ${chunk.toString('latin1', at, stop)}`)
      if (this.#fourth === space) replies += 1
      this.#length = 0
      at = end + 1
    }
    return replies
  }

  #look(chunk: Buffer, from: number, to: number): void {
    const first = from - this.#length
    if (first >= from && from < to) this.#first = chunk[from] ?? 0
    const fourth = first + 3
    if (fourth >= from && fourth < to) this.#fourth = chunk[fourth] ?? 0
    this.#length += to - from
  }
}
