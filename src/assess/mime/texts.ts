/** Texts in the order in which they come, each once. Where none is added, many attachments share the ones that they begin with. */

const none: readonly string[] = []

export class Texts {
  readonly #first: readonly string[]
  #all: Set<string> | undefined

  /** `first`: no text twice. */
  constructor(first: readonly string[] = none) {
    this.#first = first
  }

  has(text: string): boolean {
    return this.#all?.has(text) ?? this.#first.includes(text)
  }

  add(text: string): void {
    if (this.has(text)) return
    this.#all ??= new Set(this.#first)
    this.#all.add(text)
  }

  list(): readonly string[] {
    return this.#all === undefined ? this.#first : [...this.#all]
  }
}
