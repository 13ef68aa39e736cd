/** Kleene's three values: a condition whose facts are still pending is neither true nor false. */

/** `undefined`: not known yet. */
export type Truth = boolean | undefined

/** True if all are; false as soon as one is false, whatever the pending ones will be. */
export function all<T>(items: Iterable<T>, holds: (item: T) => Truth): Truth {
  let truth: Truth = true
  for (const item of items) {
    const one = holds(item)
    if (one === false) return false
    if (one === undefined) truth = undefined
  }
  return truth
}

/** True as soon as one is; false if all are. */
export function any<T>(items: Iterable<T>, holds: (item: T) => Truth): Truth {
  return not(all(items, item => not(holds(item))))
}

export function not(truth: Truth): Truth {
  return truth === undefined ? undefined : !truth
}
