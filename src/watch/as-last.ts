/** Texts that come again and again, line after line, are made once. */

/** A function that works nothing out anew when it gets the same again. */
export function asLast<Given extends readonly unknown[]>(
  make: (...given: Given) => string,
): (...given: Given) => string {
  let last: Given | undefined
  let text = ''
  return (...given) => {
    if (last === undefined || !given.every((value, i) => value === last?.[i])) {
      text = make(...given)
      last = given
    }
    return text
  }
}
