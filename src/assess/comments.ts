/** Takes comments out of a structured header field (RFC 5322 §3.2.2), so that nothing in them is taken for more. */

/**
 * The field with a blank for each comment; quoted strings stay as they are. Undefined if a comment, a quoted string or a quoted pair does not
 * end. Linear in the length of `field`, which comes unfolded.
 */
export function withoutComments(field: string): string | undefined {
  let out = ''
  let depth = 0
  let quoted = false
  for (let at = 0; at < field.length; at += 1) {
    const char = field.charAt(at)
    if (char === '\\' && (depth > 0 || quoted)) {
      if (at + 1 === field.length) return undefined
      if (depth === 0) out += field.slice(at, at + 2)
      at += 1
    } else if (quoted || depth === 0) {
      if (char === '"') quoted = !quoted
      if (char === '(' && !quoted) {
        depth = 1
        out += ' '
      } else {
        out += char
      }
    } else if (char === '(') {
      depth += 1
    } else if (char === ')') {
      depth -= 1
    }
  }
  return depth === 0 && !quoted ? out : undefined
}
