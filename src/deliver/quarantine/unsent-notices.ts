/** Counts the transactions whose notices are not sent yet, so that nobody stops the gate under them. */
export class UnsentNotices {
  #count = 0
  #whenNone: () => void = () => undefined

  /** Before anybody is told that his message is kept. */
  begin(): void {
    this.#count += 1
  }

  end(): void {
    this.#count -= 1
    if (this.#count === 0) this.#whenNone()
  }

  /** Resolves when there are none. Each transaction's have the time of a delivery. */
  async drain(): Promise<void> {
    if (this.#count > 0) await new Promise<void>(resolve => (this.#whenNone = resolve))
  }
}
