/** Keys to which YAML sees no value: mostly a blank or quotes are missing. */
import { isScalar, type Pair, type YAMLMap } from 'yaml'
import type { Findings, Text } from './tree.ts'
import { textOf } from './yaml-nodes.ts'

const maxPieces = 10

/**
 * `{ text: Sorry, gone }` has a key without a value, to YAML. Reports it, if the pair at `index` is such a one, and gives the pieces of the text; none: it is
 * something else.
 */
export function cutText(map: YAMLMap, index: number, findings: Findings): readonly Pair[] {
  const before = map.items[index - 1]
  const name = isScalar(before?.key) ? textOf(before.key) : undefined
  const text = isScalar(before?.value) ? textOf(before.value) : undefined
  if (map.flow !== true || name === undefined || text?.plain !== true) return []
  const pieces: Pair[] = []
  const words: string[] = []
  for (const item of map.items.slice(index, index + maxPieces)) {
    const word = wordWithoutValue(item, findings)
    if (word === undefined) break
    pieces.push(item)
    words.push(word)
  }
  if (words[0] === undefined) return []
  const comma = findings.source.text.indexOf(',', text.span.end)
  findings.error(
    { start: comma, end: comma + 1 },
    'comma',
    `the text ends at this comma, "${words[0]}" is taken for a key`,
    wholeText(name.text, [text.text, ...words]),
  )
  return pieces
}

function wordWithoutValue({ key, value }: Pair, { source }: Findings): string | undefined {
  const word = isScalar(key) ? textOf(key) : undefined
  if (word === undefined || value !== null) return undefined
  return /^\s*:/.test(source.text.slice(word.span.end, word.span.end + 20)) ? undefined : word.text
}

/** A number, a text of several words, or a list. */
function wholeText(key: string, pieces: readonly string[]): string {
  if (pieces.length === 2 && pieces.every(piece => /^\d+$/.test(piece))) return `write ${key}: ${pieces.join('.')}`
  const whole = pieces.join(', ')
  const quoted = `${key}: "${whole}"`
  return key === 'text' || pieces.some(piece => piece.includes(' '))
    ? `put it in quotes: ${quoted}`
    : `write ${quoted}, or if it is a list ${key}: [${whole}]`
}

/** `{junk:4}` is a key without a value to YAML, and so is `text: #5`. */
export function noValue(key: Text, findings: Findings): void {
  const [, name, value] = /^([a-z_]+):(.+)$/s.exec(key.text) ?? []
  const behind = findings.source.text.slice(key.span.end, key.span.end + 100)
  const [blanks = '', comment] = /^\s*: +(#\S{1,30})/.exec(behind) ?? []
  if (name !== undefined && value !== undefined)
    findings.error(
      key.span,
      'no-value',
      `"${key.text}" is a key without a value: a blank belongs after the colon`,
      `write ${name}: ${value}`,
    )
  else if (comment !== undefined) {
    const end = key.span.end + blanks.length
    findings.error(
      { start: end - comment.length, end },
      'comment',
      `"${key.text}" has no value, YAML takes ${comment} for a comment`,
      'put the text in quotes',
    )
  } else findings.error(key.span, 'no-value', `"${key.text}" has no value`, 'write one behind it, or leave the key out')
}
