/** Texts that come again and again, line after line, are made once. */

/** A function that works nothing out anew when it gets the same again. */
export function asLast<Given extends readonly unknown[]>(
  make: (...given: Given) => string,
): (...given: Given) => string {
  let last: Given | undefined
  let text = ''
  return (...given) => {
    if (last === undefined || !isSame(given, last)) {
      text = make(...given)
      last = given
    }
    return text
  }
}

function isSame(given: readonly unknown[], last: readonly unknown[]): boolean {
  for (let i = 0; i < given.length; i += 1) if (given[i] !== last[i]) return false
  return true
}
