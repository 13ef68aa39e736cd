/** Cuts the body of a field at its semicolons, minding quotes and comments (RFC 5322 §3.2). Linear in its length. */
import type { Doubt } from './parameters.ts'

/** Quotes and comments stay in the segments. */
export function segments(body: string, doubt: Doubt): string[] {
  const found: string[] = []
  let from = 0
  let quoted = false
  let depth = 0
  const lastClosing = body.lastIndexOf(')')
  for (let at = 0; at < body.length; at += 1) {
    const char = body.charAt(at)
    if (char === '\\' && (quoted || depth > 0)) at += 1
    else if (quoted) quoted = char !== '"'
    else if (depth > 0) {
      if (char === '(') depth += 1
      if (char === ')') depth -= 1
    } else if (char === '"') quoted = true
    else if (char === '(' && at < lastClosing) {
      doubt('a comment')
      depth = 1
    } else if (char === ';') {
      found.push(body.slice(from, at))
      from = at + 1
    }
  }
  const rest = body.slice(from)
  if (!quoted && depth === 0) return [...found, rest]
  doubt('a broken parameter')
  // Readers take an open quote to the end of the field, or as if it were none.
  return [...found, rest, ...rest.split(';')]
}

/** Comments outside of quotes left out; one that does not end stays. */
export function withoutComments(text: string): string {
  if (!text.includes('(')) return text
  let kept = ''
  let from = 0
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at)
    if (char === '\\' && (quoted || depth > 0)) at += 1
    else if (depth === 0 && char === '"') quoted = !quoted
    else if (!quoted && char === '(') {
      if (depth === 0) {
        kept += text.slice(from, at)
        from = at
      }
      depth += 1
    } else if (depth > 0 && char === ')') {
      depth -= 1
      if (depth === 0) from = at + 1
    }
  }
  return kept + text.slice(from)
}
