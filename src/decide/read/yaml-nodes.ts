/** What a node of `yaml` comes to: where it stands, and its text. */
import type { Node, Scalar } from 'yaml'
import type { Span } from '../problem.ts'
import type { Text } from './tree.ts'

export function spanOf(node: Node): Span {
  const [start, end] = node.range ?? [0, 0]
  return { start, end }
}

/** Undefined: nothing is written there. */
export function textOf(scalar: Scalar): Text | undefined {
  const plain = scalar.type === 'PLAIN'
  const text = typeof scalar.value === 'string' ? scalar.value : ''
  if (plain && text === '') return undefined
  return { kind: 'text', text, plain, span: spanOf(scalar) }
}
