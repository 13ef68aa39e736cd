/** From the text of a policy file to its tree (rules/README.md): YAML 1.2 in the failsafe schema, every scalar a text. */
import {
  Composer,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Parser,
  type CST,
  type Node,
  type Pair as YamlPair,
  type YAMLMap,
} from 'yaml'
import type { Span } from '../problem.ts'
import { cutText, noValue } from './missing-value.ts'
import { scan } from './scan.ts'
import type { Findings, Pair, Tree } from './tree.ts'
import { spanOf, textOf } from './yaml-nodes.ts'
import { plainWords } from './yaml-words.ts'

/** The tree of a file; undefined if there is nothing in it, or nothing that can be read. What is wrong goes to the findings. */
export function readYaml(findings: Findings): Tree | undefined {
  const words = scan(findings)
  if (words === null) return undefined
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: false, merge: false, logLevel: 'silent' })
  const [document, next] = composer.compose(tokensOf(words))
  if (document === undefined) return undefined
  const second = next?.range[0]
  if (second !== undefined)
    findings.error(
      { start: second, end: second + 1 },
      'document',
      'a second document begins here, a policy file has one',
      'leave out the ...',
    )
  const known = new Set(findings.problems.filter(({ severity }) => severity === 'error').map(({ line }) => line))
  for (const { pos, message } of [...document.errors, ...document.warnings].slice(0, 20)) {
    const span = { start: pos[0], end: pos[1] }
    // One slip often makes several errors; the first look names it better.
    const { line } = findings.source.lineAndColumn(span.start)
    if (known.has(line)) continue
    known.add(line)
    const { words, mend } = plainWords(message)
    findings.error(span, 'yaml', words, mend)
  }
  findings.spoil()
  return document.contents === null ? undefined : treeOf(document.contents, findings)
}

/** As `parseAllDocuments` makes them of a text, which takes it apart into words once more. */
function* tokensOf(words: readonly string[]): Generator<CST.Token> {
  const parser = new Parser()
  for (const word of words) yield* parser.next(word)
  yield* parser.end()
}

/** Undefined: there is no value, or what stands there was reported. */
function treeOf(node: Node, findings: Findings): Tree | undefined {
  const span = spanOf(node)
  if (isAlias(node)) return undefined
  if (isScalar(node)) return textOf(node)
  if (isSeq(node)) {
    const items = node.items.map(item =>
      isNode(item) ? (treeOf(item, findings) ?? missing(item, findings)) : undefined,
    )
    return { kind: 'list', items: items.filter(item => item !== undefined), span }
  }
  return isMap(node) ? { kind: 'table', pairs: pairsOf(node, findings), span } : undefined
}

function isNode(item: unknown): item is Node {
  return isScalar(item) || isMap(item) || isSeq(item) || isAlias(item)
}

function missing(item: Node, findings: Findings): undefined {
  if (!isAlias(item)) findings.error(spanOf(item), 'no-value', 'an entry of this list is empty', 'leave out the dash')
}

function pairsOf(map: YAMLMap, findings: Findings): readonly Pair[] {
  const pairs: Pair[] = []
  const seen = new Map<string, Span>()
  const pieces = new Set<YamlPair>()
  for (const [i, item] of map.items.entries()) {
    if (pieces.has(item)) continue
    const key = isScalar(item.key) ? textOf(item.key) : undefined
    if (key === undefined) {
      const span = isNode(item.key) ? spanOf(item.key) : spanOf(map)
      if (!isAlias(item.key)) findings.error(span, 'yaml', 'a key is a plain word', undefined)
      continue
    }
    if (key.text === '<<') {
      findings.error(key.span, 'yaml', 'merge keys are not known here', 'write the keys out')
      continue
    }
    const first = seen.get(key.text)
    if (first !== undefined) {
      const { line } = findings.source.lineAndColumn(first.start)
      findings.error(key.span, 'repeated-key', `"${key.text}" stands here twice`, `it is already in line ${line}`)
      continue
    }
    seen.set(key.text, key.span)
    const value = isNode(item.value) ? treeOf(item.value, findings) : undefined
    if (value !== undefined) pairs.push({ key, value })
    else if (!isAlias(item.value)) {
      const cut = cutText(map, i, findings)
      for (const piece of cut) pieces.add(piece)
      if (cut.length === 0) noValue(key, findings)
    }
  }
  return pairs
}
