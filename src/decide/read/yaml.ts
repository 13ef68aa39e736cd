/** From the text of a policy file to its tree (rules/README.md): YAML 1.2 in the failsafe schema, every scalar a text. */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseAllDocuments,
  type Node,
  type Pair as YamlPair,
  type Scalar,
  type YAMLMap,
} from 'yaml'
import type { Span } from '../problem.ts'
import { scan } from './scan.ts'
import type { Findings, Pair, Text, Tree } from './tree.ts'

/** The tree of a file; undefined if there is nothing in it, or nothing that can be read. What is wrong goes to the findings. */
export function readYaml(findings: Findings): Tree | undefined {
  if (!scan(findings)) return undefined
  const documents = parseAllDocuments(findings.source.text, {
    schema: 'failsafe',
    prettyErrors: false,
    uniqueKeys: false,
    merge: false,
    logLevel: 'silent',
  })
  const [document] = documents
  if (document === undefined || 'empty' in documents) return undefined
  const second = documents[1]?.range[0]
  if (second !== undefined)
    findings.error(
      { start: second, end: second + 1 },
      'document',
      'a second document begins here, a policy file has one',
      'leave out the ...',
    )
  const known = new Set(findings.problems.map(({ line }) => line))
  for (const { pos, message } of [...document.errors, ...document.warnings].slice(0, 20)) {
    const span = { start: pos[0], end: pos[1] }
    // One slip often makes several errors; the first look names it better.
    const { line } = findings.source.lineAndColumn(span.start)
    if (known.has(line)) continue
    known.add(line)
    findings.error(span, 'yaml', plainWords(message), hintFor(message))
  }
  findings.spoil()
  return document.contents === null ? undefined : treeOf(document.contents, findings)
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

/** Undefined: nothing is written there. */
function textOf(scalar: Scalar): Text | undefined {
  const plain = scalar.type === 'PLAIN'
  const text = typeof scalar.value === 'string' ? scalar.value : ''
  if (plain && text === '') return undefined
  return { kind: 'text', text, plain, span: spanOf(scalar) }
}

function pairsOf(map: YAMLMap, findings: Findings): readonly Pair[] {
  const pairs: Pair[] = []
  const seen = new Map<string, Span>()
  for (const [i, item] of map.items.entries()) {
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
    else if (!isAlias(item.value)) noValue(key, map.items[i - 1], map, findings)
  }
  return pairs
}

/** `{junk:4}` and `{ text: Sorry, gone }` are keys without a value to YAML. */
function noValue(key: Text, before: YamlPair | undefined, map: YAMLMap, findings: Findings): void {
  const glued = /^([a-z_]+):(.+)$/s.exec(key.text)
  if (glued?.[1] !== undefined && glued[2] !== undefined) {
    findings.error(
      key.span,
      'no-value',
      `"${key.text}" is a key without a value: a blank belongs after the colon`,
      `write ${glued[1]}: ${glued[2]}`,
    )
    return
  }
  const text = before !== undefined && isScalar(before.value) ? textOf(before.value) : undefined
  const name = before !== undefined && isScalar(before.key) ? textOf(before.key) : undefined
  const colon = /^\s*:/.test(findings.source.text.slice(key.span.end, key.span.end + 20))
  if (map.flow === true && text?.plain === true && name !== undefined && !colon) {
    const comma = findings.source.text.indexOf(',', text.span.end)
    const span = { start: comma, end: comma + 1 }
    findings.error(
      span,
      'comma',
      `the text ends at this comma, "${key.text}" is taken for a key`,
      `put it in quotes: ${name.text}: "${text.text}, ${key.text}"`,
    )
    return
  }
  findings.error(key.span, 'no-value', `"${key.text}" has no value`, 'write one behind it, or leave the key out')
}

function spanOf(node: Node): Span {
  const [start, end] = node.range ?? [0, 0]
  return { start, end }
}

function plainWords(message: string): string {
  if (message.startsWith('Missing closing')) return 'a quote that was opened is not closed'
  return message.split('\n', 1)[0]?.replace(/[.:]?\s*$/, '') ?? message
}

function hintFor(message: string): string | undefined {
  if (message.startsWith('Nested mappings')) return 'put a text with a colon and a blank in quotes'
  if (message.startsWith('Invalid escape')) return 'use single quotes'
  if (message.startsWith('Plain value cannot start')) return 'put it in quotes'
  if (message.startsWith('Unexpected alias')) return 'put the whole pattern in quotes'
  return undefined
}
