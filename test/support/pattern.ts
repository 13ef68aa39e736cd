/** Compares what came with what a transcript expects. Pure. */
import { escaped, unescaped } from './escapes.ts'

/** `…` stands for any octets of a line; all else is exact, with the escapes of escapes.ts. */
export function fits(expected: string, got: string): boolean {
  const parts = expected.split('…').map(part => escapeRegExp(unescaped(part)))
  return new RegExp(`^${parts.join('[^]*')}$`).test(got)
}

/**
 * The first difference between lines expected and lines got, in words; undefined if they fit. A line that is `…` alone stands for any
 * number of lines, one that ends in `…` also for the folded lines behind it.
 */
export function difference(expected: readonly string[], got: readonly string[]): string | undefined {
  if (match(expected, 0, got, 0)) return undefined
  const pairs = Array.from({ length: Math.max(expected.length, got.length) }, (_, i) => {
    const [want, have] = [expected[i], got[i]]
    if (want !== undefined && have !== undefined && fits(want, have)) return `    ${escaped(have)}`
    return [want === undefined ? '' : `  - ${want}`, have === undefined ? '' : `  + ${escaped(have)}`]
      .filter(text => text !== '')
      .join('\n')
  })
  return ['expected (-) and got (+):', ...pairs].join('\n')
}

function match(expected: readonly string[], i: number, got: readonly string[], j: number): boolean {
  const want = expected[i]
  if (want === undefined) return j === got.length
  if (want === '…') {
    for (let next = j; next <= got.length; next += 1) if (match(expected, i + 1, got, next)) return true
    return false
  }
  const have = got[j]
  if (have === undefined || !fits(want, have)) return false
  let next = j + 1
  if (want.endsWith('…')) while (/^[ \t]/.test(got[next] ?? '') && !/^(?:\\t| )/.test(expected[i + 1] ?? '')) next += 1
  return match(expected, i + 1, got, next)
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
