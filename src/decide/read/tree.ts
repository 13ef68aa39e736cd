/** A policy file as nothing but maps, lists and texts with their places: what is left of YAML once its rarer parts are refused. */
import type { Code } from '../codes.ts'
import type { Problem, Source, Span } from '../problem.ts'
import { problemAt, problemOf } from '../problem.ts'
import type { Action, Place } from '../verdict.ts'

/** `plain`: written without quotes. */
export type Text = { readonly kind: 'text'; readonly text: string; readonly plain: boolean; readonly span: Span }
export type List = { readonly kind: 'list'; readonly items: readonly Tree[]; readonly span: Span }
export type Table = { readonly kind: 'table'; readonly pairs: readonly Pair[]; readonly span: Span }
export type Tree = Text | List | Table
export type Pair = { readonly key: Text; readonly value: Tree }

const maxProblems = 50

/** Where readers leave what they find wrong in one file: of errors and of warnings the first fifty. */
export class Findings {
  readonly source: Source
  readonly #errors: Problem[] = []
  readonly #warnings: Problem[] = []
  readonly #spoilt = new Set<number>()
  #dropped = false
  /** Entries of lists seen so far, for the limit of a file. */
  entries = 0
  /** Of the text patterns seen so far, together. */
  effort = 0
  /** Octets that they may take together. */
  memory = 0
  /** Actions seen so far. */
  readonly actions: { readonly value: Action; readonly span: Span }[] = []
  /** Rules seen so far, those of `enforce` included. */
  rules = 0

  constructor(source: Source) {
    this.source = source
  }

  /** The answer is what a reader gives for something wrong. */
  error(span: Span, code: Code, message: string, mend?: string): null {
    if (this.#spoilt.has(this.source.lineAndColumn(span.start).line)) return null
    if (this.full) this.#dropped = true
    else this.#errors.push(problemAt(this.source, span, 'error', code, message, mend))
    return null
  }

  warn(span: Span, code: Code, message: string, mend?: string): void {
    if (this.#warnings.length >= maxProblems) this.#dropped = true
    else this.#warnings.push(problemAt(this.source, span, 'warning', code, message, mend))
  }

  /** Lines that broke the rules of YAML are misread: what is found wrong in them from now on says nothing. */
  spoil(): void {
    for (const { line, code } of this.#errors) if (code === 'yaml' || code === 'tab') this.#spoilt.add(line)
  }

  placeOf(span: Span): Place {
    const { line, column } = this.source.lineAndColumn(span.start)
    return { file: this.source.file, line, column }
  }

  get broken(): boolean {
    return this.#errors.length > 0
  }

  /** So many errors that more would help nobody. */
  get full(): boolean {
    return this.#errors.length >= maxProblems
  }

  /** In the order of the file; at its end, whether there were more. */
  get problems(): readonly Problem[] {
    const found = [...this.#errors, ...this.#warnings].sort((a, b) => a.line - b.line || a.column - b.column)
    if (!this.#dropped) return found
    const words = `of errors and of warnings the first ${maxProblems} are shown`
    const severity = this.full ? 'error' : 'warning'
    return [...found, { ...problemOf(this.source.file, 'limit', words, 'mend these first'), severity }]
  }
}
