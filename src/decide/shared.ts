/** One object for all that say the same, where many policies say few different things. */

/** So many are known at most, and none that is longer than so many characters as JSON: others stay their owners' own. */
const maxKnown = 1000
const maxLength = 1000

/** Gives the first of those that look the same as JSON. */
export function shared<T>(): (value: T) => T {
  const known = new Map<string, T>()
  return value => {
    const text = JSON.stringify(value)
    if (text.length > maxLength) return value
    const there = known.get(text)
    if (there !== undefined) return there
    if (known.size >= maxKnown) known.clear()
    known.set(text, value)
    return value
  }
}
