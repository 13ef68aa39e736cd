/** Text patterns: `invoice` (anywhere in the text), `"Re: *"` (the whole), `'/rechnung|invoice/'` (an expression, found anywhere). */
import { RE2JS, RE2Set } from 're2js'
import { fold, globMatches } from './glob.ts'

/** `text` as written, `key` the same for patterns that fit the same. `effort`: how much it may cost to hold it against a character; `memory`: octets that it may take beside its text. */
export type TextPattern = {
  readonly text: string
  readonly key: string
  readonly effort: number
  readonly memory: number
  fits(text: SeenText): boolean
}

/** A text of the message, as `plainText` leaves it, and folded. */
export type SeenText = { readonly plain: string; readonly folded: string }

const maxExpression = 500
/** Steps of an expression's program: each may cost some 40 ns for each character of a text. */
const maxSteps = 600
/** How much more than a character of a plain text a step costs. */
const stepEffort = 16
/** Octets in which an expression remembers what it learnt about texts; with less it is slower, and beyond it begins anew. */
const maxMemory = 65_536
/** Octets of its program. */
const programMemory = 10_000

/** A pattern, or what is wrong with it and how it should be written. */
export function textPattern(written: string): TextPattern | { readonly wrong: string; readonly mend: string } {
  const expression = /^\/(.*)\/$/s.exec(written)?.[1]
  if (expression !== undefined) return expressionPattern(written, expression)
  const wanted = fold(plainText(written))
  const fits = /[*?]/.test(wanted)
    ? ({ folded }: SeenText) => globMatches(wanted, folded)
    : ({ folded }: SeenText) => folded.includes(wanted)
  return { text: written, key: wanted, effort: wanted.length, memory: 0, fits }
}

function expressionPattern(
  text: string,
  inner: string,
): TextPattern | { readonly wrong: string; readonly mend: string } {
  const source = inner.normalize('NFC')
  if (source === '')
    return { wrong: 'nothing stands between the slashes', mend: 'write an expression, as /rechnung|invoice/' }
  if (Array.from(source).length > maxExpression)
    return { wrong: `an expression has at most ${maxExpression} characters`, mend: 'use a list of several patterns' }
  try {
    const steps = RE2JS.compile(source, RE2JS.CASE_INSENSITIVE).programSize()
    if (steps > maxSteps)
      return { wrong: 'this expression repeats so much that it would be slow', mend: 'use smaller numbers in { }' }
    const set = new RE2Set(RE2Set.UNANCHORED, RE2JS.CASE_INSENSITIVE, maxMemory)
    set.add(source)
    const fits = ({ plain }: SeenText) => set.match(plain).length > 0
    return { text, key: text, effort: steps * stepEffort, memory: programMemory + maxMemory, fits }
  } catch (error) {
    return {
      wrong: `this is no expression: ${wordsOf(error)}`,
      mend: 'write it as RE2 has it: no references back, no looking around',
    }
  }
}

function wordsOf(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error)
  return words
    .replace(/^error parsing regexp: /, '')
    .replace('`(?i)', '`')
    .slice(0, 80)
}

/** Unfolded and decoded text as it is compared: in NFC, each run of blanks as one. */
export function plainText(text: string): string {
  return text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .normalize('NFC')
}

const seen = new WeakMap<readonly string[], readonly SeenText[]>()

/** The texts of a message, folded once however many patterns are held against them. */
export function seenTexts(texts: readonly string[]): readonly SeenText[] {
  const known = seen.get(texts)
  if (known !== undefined) return known
  const folded = texts.map(plain => ({ plain, folded: fold(plain) }))
  seen.set(texts, folded)
  return folded
}
