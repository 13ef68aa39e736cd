/** Which worker gets which connection: the one that has the fewest; and what nobody has taken waits for the next who can. */
import type { Connection } from './worker-process.ts'

/** What of a worker counts here. */
export type Taker = {
  readonly isReady: boolean
  readonly connections: number
  hand(connection: Connection): void
}

export class HandOver {
  /** In the order in which they took something last, so that equals take turns. */
  #takers: Taker[] = []
  readonly #waiting: Connection[] = []
  readonly #most: number
  readonly #refuse: (connection: Connection) => void
  #isClosed = false

  /** More than `most` do not wait: they are refused. */
  constructor(most: number, refuse: (connection: Connection) => void) {
    this.#most = most
    this.#refuse = refuse
  }

  add(taker: Taker): void {
    this.#takers.push(taker)
    for (const connection of this.#waiting.splice(0)) this.give(connection)
  }

  /** `left`: what it was handed and had not taken. Its clients have not seen a greeting yet, and get one from another. */
  remove(taker: Taker, left: readonly Connection[]): void {
    this.#takers = this.#takers.filter(other => other !== taker)
    for (const connection of left) this.give(connection)
  }

  give(connection: Connection): void {
    const taker = this.#next()
    if (this.#isClosed) this.#refuse(connection)
    else if (taker !== undefined) taker.hand(connection)
    else if (this.#waiting.length < this.#most) this.#waiting.push(connection)
    else this.#refuse(connection)
  }

  /** From now on nobody gets anything. */
  close(): void {
    this.#isClosed = true
    for (const connection of this.#waiting.splice(0)) this.#refuse(connection)
  }

  #next(): Taker | undefined {
    let least: Taker | undefined
    for (const taker of this.#takers)
      if (taker.isReady && (least === undefined || taker.connections < least.connections)) least = taker
    if (least !== undefined) this.#takers = [...this.#takers.filter(taker => taker !== least), least]
    return least
  }
}
