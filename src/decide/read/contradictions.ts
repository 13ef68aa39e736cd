/** Groups that say different things about one member: the first by name wins, which is hardly meant so. */
import type { Spot } from './reader.ts'
import type { PolicyFile, Said } from './policy-file.ts'

/** Both in the order in which they count, `near` first. One warning for each pair of groups and each key, in the group that loses. */
export function adviseGroups(near: readonly PolicyFile[], far: readonly PolicyFile[]): void {
  for (const [i, loser] of [...near, ...far].entries())
    for (const winner of near.slice(0, i)) {
      const member = commonMember(winner, loser)
      if (member === undefined) continue
      const theirs = leavesOf(winner.said)
      for (const [key, leaf] of leavesOf(loser.said)) {
        const other = theirs.get(key)
        if (other !== undefined && other.value !== leaf.value)
          loser.findings.warn(
            leaf.span,
            'contradiction',
            `for ${member} another group says ${other.value}, and wins`,
            `it is ${winner.findings.source.file}`,
          )
      }
    }
}

function commonMember(a: PolicyFile, b: PolicyFile): string | undefined {
  const names = new Set(a.members.map(({ value }) => `${value.local ?? '*'}@${value.domain ?? '*'}`))
  return b.members.map(({ value }) => `${value.local ?? '*'}@${value.domain ?? '*'}`).find(name => names.has(name))
}

/** What only one file can win; lists and rules add up. */
function leavesOf({ size, senders, junk_folder, at_worst }: Said): ReadonlyMap<string, Spot<string>> {
  const leaves = new Map<string, Spot<string>>()
  const put = (key: string, spot: Spot<string | number> | undefined) => {
    if (spot !== undefined) leaves.set(key, { value: String(spot.value), span: spot.span })
  }
  if (size !== undefined && size.value !== 'off') put('size.max', size.value.max)
  if (senders !== undefined && senders.value !== 'off') put('senders.action', senders.value.action)
  put('junk_folder', junk_folder)
  put('at_worst', at_worst)
  return leaves
}
