/** What is wrong in a file, where, and how to mend it. */
import type { Code } from './codes.ts'

/**
 * `line` and `column` (in UTF-16 units, as editors count) from 1; 0: the file as a whole. `length` is that of the part in this line; `end` is behind the
 * last character, maybe in another line. `code` names the kind, for programs.
 */
export type Problem = {
  readonly severity: 'error' | 'warning'
  readonly file: string
  readonly line: number
  readonly column: number
  readonly length: number
  readonly end: { readonly line: number; readonly column: number }
  readonly message: string
  readonly mend: string | undefined
  readonly code: Code
  /** The line it stands in; undefined: the file as a whole. */
  readonly excerpt: string | undefined
}

/** For people: place and message, then the line with a caret under the place and the mend behind it. No line end at the end. */
export function formatProblem(problem: Problem): string {
  const { file, line, column, severity, message, mend, code, excerpt } = problem
  const place = line === 0 ? printable(file) : `${printable(file)}:${line}:${column}`
  const head = `${place}: ${severity}: ${printable(message)} [${code}]`
  if (excerpt === undefined || line === 0) return mend === undefined ? head : `${head}\n  ${printable(mend)}`
  // Of a long line, the piece around the place.
  const from = Math.max(0, column - 1 - before)
  const margin = `  ${line} | `
  const shown = printable(excerpt.slice(from, from + width))
  const caret = ' '.repeat(column - 1 - from) + '^'.repeat(Math.max(1, Math.min(problem.length, width - before)))
  const hint = mend === undefined ? '' : ` ${printable(mend)}`
  return `${head}\n${margin}${shown}\n${' '.repeat(margin.length - 2)}| ${caret}${hint}`
}

/** A file's text, with the places of its lines. */
export class Source {
  readonly file: string
  readonly text: string
  readonly #starts: readonly number[]

  constructor(file: string, text: string) {
    this.file = file
    this.text = text
    this.#starts = [0, ...Array.from(text.matchAll(/\n/g), found => found.index + 1)]
  }

  get lines(): number {
    return this.#starts.length
  }

  /** Line and column of an offset into the text, both from 1. */
  lineAndColumn(offset: number): { readonly line: number; readonly column: number } {
    let low = 0
    let high = this.#starts.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((this.#starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 }
  }

  /** The line counted from 1, without its end. */
  line(number: number): string {
    const start = this.#starts[number - 1] ?? this.text.length
    const end = this.text.indexOf('\n', start)
    return this.text.slice(start, end < 0 ? undefined : end).replace(/\r$/, '')
  }
}

/** Where something stands: offsets into the text, `end` not included. */
export type Span = { readonly start: number; readonly end: number }

/** A problem at a place of a source. */
export function problemAt(
  source: Source,
  span: Span,
  severity: Problem['severity'],
  code: Code,
  message: string,
  mend?: string,
): Problem {
  const { line, column } = source.lineAndColumn(span.start)
  const end = source.lineAndColumn(span.end)
  const excerpt = source.line(line)
  const length = Math.max(1, Math.min(span.end - span.start, excerpt.length - column + 1))
  return { severity, file: source.file, line, column, length, end, message, mend, code, excerpt }
}

/** A problem of a file as a whole. */
export function problemOf(file: string, code: Code, message: string, mend?: string): Problem {
  const end = { line: 0, column: 0 }
  return { severity: 'error', file, line: 0, column: 0, length: 0, end, message, mend, code, excerpt: undefined }
}

/** The right word that somebody may have meant; undefined if none is near. */
export function nearest(word: string, right: readonly string[]): string | undefined {
  const near = right
    .map(candidate => ({ candidate, edits: distance(word.toLowerCase().slice(0, 40), candidate) }))
    .filter(({ candidate, edits }) => edits <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.edits - b.edits)
  return near[0]?.candidate
}

const width = 160
const before = 100

/** For terminals and logs: control characters, and those that turn the direction of writing, become `?`. */
export function printable(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '?')
}

/** How many letters must be put in, left out, changed or swapped with their neighbour. */
function distance(a: string, b: string): number {
  let last: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1]
      let edits = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1))
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) edits = Math.min(edits, (last[j - 2] ?? 0) + 1)
      next.push(edits)
    }
    last = row
    row = next
  }
  return row[b.length] ?? 0
}
