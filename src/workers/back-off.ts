/** How long to wait before a worker is replaced: hardly, but ever longer if it ends again and again soon after its start. */

/** Milliseconds. */
const first = 200
const longest = 30_000
/** Who lived so long is not one that cannot live. */
const settled = 60_000

export class BackOff {
  #pause = first

  /** The pause before the next start, in ms. `lived`: how long the last one did. */
  next(lived: number): number {
    if (lived >= settled) this.#pause = first
    const pause = this.#pause
    this.#pause = Math.min(pause * 2, longest)
    return pause
  }
}
