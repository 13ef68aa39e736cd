/** Long work in slices, so that sessions have their turn in between. */

/** Every `yield` ends a slice of a few milliseconds. */
export type Slices<T> = Generator<undefined, T>

export function atOnce<T>(work: Slices<T>): T {
  for (;;) {
    const slice = work.next()
    if (slice.done === true) return slice.value
  }
}

export async function inTurns<T>(work: Slices<T>): Promise<T> {
  for (;;) {
    const slice = work.next()
    if (slice.done === true) return slice.value
    await othersTurn()
  }
}

/** Resolves when all others whose input is here had their turn. */
export function othersTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
