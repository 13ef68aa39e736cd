/** How what a condition looked at compares with what it asks for, in words for people: `detail "lists" is not shop`. */
import type { PolicyAddress } from './facts.ts'
import type { Range } from './settings.ts'
import { isUnlearned, type Answer, type Truth } from './truth.ts'

/** Of each kind so many are named, and so many characters of each shown. */
const most = 3
const longest = 100

/**
 * `seen`: all there is of what is called `name`; none: `no detail`. `wanted`: as written in the policy file. What comes from a message is not
 * escaped yet.
 */
export function comparison(name: string, seen: readonly string[], truth: Answer, wanted: readonly string[]): string {
  if (isUnlearned(truth))
    return `${name} is not known: ${listed(
      truth.lacks.map(({ why }) => why.words),
      'and',
    )}`
  if (seen.length === 0) return truth === undefined ? `${name} is not known yet` : `no ${name}`
  return `${name} ${listed(seen, 'and')} ${verb(truth)} ${listed(wanted, 'or')}`
}

function verb(truth: Truth): string {
  switch (truth) {
    case true:
      return 'is'
    case false:
      return 'is not'
    case undefined:
      return 'may come to be'
  }
}

/** `a`, `a or b`, `a, b, c or 5 others`. */
export function listed(words: readonly string[], last: 'and' | 'or'): string {
  const different = [...new Set(words)].map(word => shortened(word, longest))
  const named = different.slice(0, most)
  const others = different.length - named.length
  const all = others > 0 ? [...named, others === 1 ? '1 other' : `${others} others`] : named
  return all.length < 2 ? (all[0] ?? '') : `${all.slice(0, -1).join(', ')} ${last} ${all.at(-1) ?? ''}`
}

/** `alice@example.org`; `<>` is the null sender. */
export function addressText(address: PolicyAddress | undefined): string {
  if (address === undefined) return '<>'
  return address.domain === '' ? address.local : `${address.local}@${address.domain}`
}

export function quoted(text: string): string {
  return `"${shortened(text, longest - 20)}"`
}

/** `at least 5MB`, `at most 3`, `5MB to 10MB`. */
export function rangeText({ min, max }: Range, text: (value: number) => string): string {
  if (max === undefined) return `at least ${text(min ?? 0)}`
  return min === undefined ? `at most ${text(max)}` : `${text(min)} to ${text(max)}`
}

function shortened(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max)}...` : text
}
