/** Cuts what comes out of a worker into whole lines, so that those of several never get into each other. */

/** No line of ours is longer. */
const longest = 65_536

export class WholeLines {
  readonly #write: (lines: string) => void
  #begun = ''

  /** `write` gets one or several lines, each with its end. */
  constructor(write: (lines: string) => void) {
    this.#write = write
  }

  add(text: string): void {
    const end = text.lastIndexOf('\n') + 1
    if (end > 0) this.#write(this.#begun + text.slice(0, end))
    this.#begun = end > 0 ? text.slice(end) : this.#begun + text
    if (this.#begun.length > longest) this.#begun = ''
  }
  // A line that a killed worker has begun stays here: half a line helps nobody, and no reader of JSON takes it.
}
