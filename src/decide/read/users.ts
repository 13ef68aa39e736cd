/** `users:`, which says what persons' files may contain, and what a file contains (rules/README.md). */
import type { Span } from '../problem.ts'
import type { Action } from '../verdict.ts'
import { about, listOf, oneOf, spot, tableOf, type Reader, type Spot } from './reader.ts'
import type { Tree } from './tree.ts'
import { actions } from './values.ts'

/** What is missing allows everything; an empty list nothing. */
export type UserLimits = {
  readonly keys?: Spot<readonly Spot<string>[]>
  readonly actions?: Spot<readonly Spot<Action>[]>
}

/** `keys`: all that a person's file may have, dotted ones too. */
export function usersValue(keys: readonly string[]): Reader<UserLimits> {
  return tableOf('users', {
    keys: about("which keys persons' files may have; all if missing", spot(listOf(oneOf('key', keys)))),
    actions: about('which actions may be named in them; all if missing', spot(listOf(oneOf('action', actions)))),
  })
}

/** `parts`: the keys in it, dotted; undefined: it is no section, or a whole one (`off`). */
export type UsedKey = {
  readonly name: string
  readonly span: Span
  readonly parts: readonly { readonly name: string; readonly span: Span }[] | undefined
}

export function usedKeys(tree: Tree | undefined): readonly UsedKey[] {
  if (tree?.kind !== 'table') return []
  return tree.pairs.map(({ key: { text: name, span }, value }) => {
    const pairs = value.kind === 'table' ? value.pairs : undefined
    return { name, span, parts: pairs?.map(({ key }) => ({ name: `${name}.${key.text}`, span: key.span })) }
  })
}
