/** Texts that come again and again, line after line, are made once. */

/** A function, of at most four values, that works nothing out anew when it gets the same again. Not by a list of them, since that would be made for each line. */
export function asLast<Given extends [unknown, unknown?, unknown?, unknown?]>(
  make: (...given: Given) => string,
): (...given: Given) => string {
  let text: string | undefined
  let [first, second, third, fourth]: unknown[] = []
  const made = (a: unknown, b?: unknown, c?: unknown, d?: unknown): string => {
    if (text !== undefined && a === first && b === second && c === third && d === fourth) return text
    const fresh = make(...([a, b, c, d] as unknown as Given))
    ;[first, second, third, fourth] = [a, b, c, d]
    text = fresh
    return fresh
  }
  return made
}
