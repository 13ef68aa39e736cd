/** Limits that bound persons' files before they were changed: a file that they allowed, and that nobody touched since, is its own last good version. */
import type { PersonFile } from './person-file.ts'
import type { Unread } from './source-file.ts'
import { allowTheSame, isGood, type Limits } from './users.ts'

/** Of one domain. Versions of the tree are numbered; `until`: the first in which these limits did not count. */
export type FormerLimits = {
  readonly ended: readonly { readonly limits: Limits; readonly until: number }[]
  /** Since the first of them ended: in which version whose file changed last. */
  readonly touched: ReadonlyMap<string, number>
}

const maxEnded = 50

/** `ended`: limits that count no more with this version; `touched`: persons whose files changed with it. Undefined: there were no other limits. */
export function formerly(
  before: FormerLimits | undefined,
  ended: Limits | undefined,
  touched: readonly string[],
  version: number,
): FormerLimits | undefined {
  if (before === undefined && ended === undefined) return undefined
  const others = before?.ended ?? []
  const all =
    ended === undefined
      ? others
      : [{ limits: ended, until: version }, ...others.filter(({ limits }) => !allowTheSame(limits, ended))]
  const changes = touched.map(local => [local, version] as const)
  return {
    ended: all.slice(0, maxEnded),
    touched: changes.length === 0 ? (before?.touched ?? new Map()) : new Map([...(before?.touched ?? []), ...changes]),
  }
}

/** Whether the person's file, as it is now, counted under other limits. */
export function wasGood(
  file: PersonFile | Unread,
  local: string,
  former: FormerLimits | undefined,
): file is PersonFile {
  if (former === undefined) return false
  const touched = former.touched.get(local) ?? -1
  return former.ended.some(({ limits, until }) => touched < until && isGood(file, limits))
}
