/** Commands on their way to the next hop and the replies they await, with or without PIPELINING. */

/** `Step` says what a reply is for. Replies come in the order of the commands (RFC 2920 §3.1). */
export class CommandQueue<Step> {
  #out = ''
  /** Commands in `#out`. */
  #unsent = 0
  readonly #pipelining: boolean
  readonly #awaited: Step[] = []
  readonly #held: { readonly text: string; readonly step: Step }[] = []

  /** Without pipelining each command is held until the one before it is answered. */
  constructor(pipelining: boolean) {
    this.#pipelining = pipelining
  }

  /** What the next reply is for; undefined if none is awaited. */
  get next(): Step | undefined {
    return this.#awaited[0]
  }

  /** The next reply is for a command that has not left. */
  get isReplyEarly(): boolean {
    return this.#unsent > 0 && this.#unsent === this.#awaited.length
  }

  /** How many replies are awaited. */
  get length(): number {
    return this.#awaited.length
  }

  command(text: string, step: Step): void {
    if (this.#pipelining || this.#awaited.length === 0) this.#send(text, step)
    else this.#held.push({ text, step })
  }

  /** What has no reply of its own. */
  write(text: string): void {
    this.#out += text
  }

  /** A reply that no command asks for: a final one. */
  expect(step: Step): void {
    this.#awaited.push(step)
  }

  /** The next reply is there. */
  answered(): void {
    this.#awaited.shift()
    const held = this.#awaited.length === 0 ? this.#held.shift() : undefined
    if (held !== undefined) this.#send(held.text, held.step)
  }

  /** Commands that have not left will not leave. */
  dropHeld(): void {
    this.#held.length = 0
  }

  /** Nothing is awaited any more. */
  clear(): void {
    this.dropHeld()
    this.#awaited.length = 0
    this.#unsent = 0
  }

  /** What is to be written now. */
  take(): string {
    const out = this.#out
    this.#out = ''
    this.#unsent = 0
    return out
  }

  #send(text: string, step: Step): void {
    this.#out += text
    this.#unsent += 1
    this.#awaited.push(step)
  }
}
