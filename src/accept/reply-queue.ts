/**
 * Replies in the order of the commands (RFC 2920 §3.2), those of one batch in one write. The reply to MAIL goes out with the first one to RCPT if the client
 * has sent that command already: it does not wait for either alone.
 */
import { formatReply } from '../reply.ts'
import type { Reply } from '../reply.ts'

export class ReplyQueue {
  readonly #write: (octets: string) => void
  #slots: (Reply | undefined)[] = []
  #first = 0
  #out = ''
  #scheduled = false
  #isDue = false
  #whenAnswered: (() => void)[] = []
  readonly #flushDue = () => {
    if (this.isAnswered && this.#whenAnswered.length > 0) this.#goOn()
    this.#scheduled = false
    if (this.#isDue || this.isAnswered) this.flush()
  }

  constructor(write: (octets: string) => void) {
    this.#write = write
  }

  /** Every command so far has its reply. */
  get isAnswered(): boolean {
    return this.#slots.length === 0
  }

  /** At once, if all is answered; else just before the last reply leaves, but never within what brought it. `task` must not throw. */
  whenAnswered(task: () => void): void {
    if (this.isAnswered && this.#whenAnswered.length === 0) task()
    else this.#whenAnswered.push(task)
  }

  /** `canWait`: for the answers to commands that the client has sent already. */
  push(reply: Reply, canWait = false): void {
    if (!canWait) this.#isDue = true
    if (this.isAnswered) this.#send(reply)
    else this.#slots.push(reply)
  }

  /** A place for a reply that comes later. Filling it twice changes nothing. */
  reserve(): (reply: Reply) => void {
    const slot = this.#first + this.#slots.length
    this.#slots.push(undefined)
    return reply => {
      const at = slot - this.#first
      if (at < 0 || this.#slots[at] !== undefined) return
      this.#slots[at] = reply
      if (at === 0) this.#sendOn()
    }
  }

  /** Writes at once what has come together. */
  flush(): void {
    this.#isDue = false
    const octets = this.#out
    this.#out = ''
    if (octets !== '') this.#write(octets)
  }

  #sendOn(): void {
    this.#isDue = true
    let known = 0
    for (const reply of this.#slots) {
      if (reply === undefined) break
      this.#send(reply)
      known += 1
    }
    if (known === this.#slots.length) this.#slots = []
    else this.#slots.splice(0, known)
    this.#first += known
  }

  #goOn(): void {
    const tasks = this.#whenAnswered
    this.#whenAnswered = []
    for (const task of tasks) task()
  }

  #send(reply: Reply): void {
    this.#out += formatReply(reply)
    if (this.#scheduled) return
    this.#scheduled = true
    // Runs behind all that one packet brings, so that the replies to it, or those that it holds, leave in one write.
    process.nextTick(this.#flushDue)
  }
}
