/** A first look at the words of a YAML file: what of YAML a policy file does not use, and how deep it goes, before anything is built of it. */
import { CST, Lexer } from 'yaml'
import type { Span } from '../problem.ts'
import type { Findings } from './tree.ts'

/** Policy files need four levels. The composer of `yaml` recurses, and a file nested a thousand deep would end the process. */
const maxDepth = 20
/** Columns in front of a line's first word. Each level of a block takes at least one. */
const maxIndent = 80
/** Ten thousand entries need half of that. `yaml` takes some 20 µs for each, and all other mail waits meanwhile. */
const maxWords = 100_000
const maxLines = 30_000

/** The words of a file, as `yaml` has them. Reports what it finds; null: the file must not be composed. */
export function scan(findings: Findings): readonly string[] | null {
  const look: Look = { findings, start: 0, depth: 0, onLine: 0, indent: 0, last: undefined, started: false }
  let scalar = false
  const words: string[] = []
  if (findings.source.lines > maxLines) return tooMuch(findings, 0, `more than ${maxLines} lines`)
  for (const word of new Lexer().lex(findings.source.text)) {
    words.push(word)
    if (words.length > maxWords) return tooMuch(findings, look.start, `more than ${maxWords} words`)
    if (word === '\u0002' || word === '\u0018') continue
    const type = scalar ? 'scalar' : CST.tokenType(word)
    if (!scalar && word === '\u001f') {
      scalar = true
      continue
    }
    scalar = false
    const span = { start: look.start, end: look.start + word.length }
    look.start = span.end
    if (!see(look, type, word, span) || findings.full) return null
  }
  return words
}

type Type = ReturnType<typeof CST.tokenType>

type Look = {
  readonly findings: Findings
  start: number
  /** Open brackets and braces. */
  depth: number
  /** Dashes and colons on this line, outside brackets: each may be a level. */
  onLine: number
  /** Columns before the first word of this line; undefined after it. */
  indent: number | undefined
  last: Type | undefined
  started: boolean
}

/** False: too deep. */
function see(look: Look, type: Type, word: string, span: Span): boolean {
  const { findings } = look
  switch (type) {
    case 'newline':
      look.indent = 0
      look.onLine = 0
      look.last = type
      return true
    case 'space': {
      const tab = word.indexOf('\t')
      if (tab >= 0)
        findings.error(
          { start: span.start + tab, end: span.start + tab + 1 },
          'tab',
          'a tab stands here',
          'write blanks',
        )
      if (look.indent !== undefined) look.indent += word.length
      if (look.indent !== undefined && look.indent > maxIndent) return tooDeep(look, span)
      return true
    }
    case 'comment':
      if (look.last === 'scalar' && /^#\S/.test(word))
        findings.warn(
          span,
          'comment',
          `the text ends here, YAML takes ${firstWord(word)} for a comment`,
          'put the text in quotes',
        )
      look.indent = undefined
      return true
    case 'seq-item-ind':
    case 'map-value-ind':
    case 'flow-map-start':
    case 'flow-seq-start':
      if (type === 'flow-map-start' || type === 'flow-seq-start') look.depth += 1
      else if (look.depth === 0) look.onLine += 1
      if (look.depth + look.onLine > maxDepth) return tooDeep(look, span)
      break
    case 'flow-map-end':
    case 'flow-seq-end':
      look.depth -= 1
      if (look.depth >= 0) break
      findings.error(span, 'yaml', `${word} closes nothing`, 'leave it out, or put the text in quotes')
      return false
    case 'alias':
      findings.error(span, 'quotes', `${word} needs quotes: YAML takes a leading * for a reference`, `write "${word}"`)
      break
    case 'anchor':
      findings.error(span, 'quotes', `${word} needs quotes: YAML takes a leading & for an anchor`, `write "${word}"`)
      break
    case 'tag':
      findings.error(span, 'quotes', `${word} needs quotes: YAML takes a leading ! for a tag`, `write "${word}"`)
      break
    case 'explicit-key-ind':
      findings.error(
        span,
        'yaml',
        'YAML takes a ? for a key of several lines',
        'put a text that begins with ? in quotes',
      )
      return false
    case 'directive-line':
      findings.error(span, 'yaml', 'YAML takes a leading % for a directive', 'leave it out')
      break
    case 'doc-start':
      if (look.started) {
        findings.error(span, 'document', 'a second document begins here, a policy file has one', 'leave out the ---')
        return false
      }
      break
    case 'scalar':
    case 'single-quoted-scalar':
    case 'double-quoted-scalar':
    case 'byte-order-mark':
    case 'doc-mode':
    case 'doc-end':
    case 'flow-error-end':
    case 'comma':
    case 'block-scalar-header':
    case null:
      break
  }
  look.indent = undefined
  look.last = type
  if (type !== 'byte-order-mark' && type !== 'directive-line') look.started = true
  return true
}

function tooDeep({ findings }: Look, span: Span): false {
  findings.error(span, 'depth', 'this goes deeper than any policy does', `at most ${maxDepth} levels`)
  return false
}

function tooMuch(findings: Findings, start: number, message: string): null {
  return findings.error(
    { start, end: start + 1 },
    'limit',
    `this file has ${message}`,
    'use patterns with *, or split it into groups',
  )
}

function firstWord(comment: string): string {
  return /^\S{1,30}/.exec(comment)?.[0] ?? comment
}
