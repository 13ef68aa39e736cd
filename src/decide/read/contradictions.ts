/** Groups that say different things about one member: the first by name wins, which is hardly meant so. */
import type { Spot } from './reader.ts'
import type { PolicyFile } from './policy-file.ts'

/** Both in the order in which they count, `near` first. One warning for each pair of groups and each key, in the group that loses. */
export function adviseGroups(near: readonly PolicyFile[], far: readonly PolicyFile[]): void {
  for (const [i, loser] of [...near, ...far].entries())
    for (const winner of near.slice(0, i)) {
      const member = commonMember(winner, loser)
      if (member === undefined) continue
      const theirs = leavesOf(winner)
      for (const [key, leaf] of leavesOf(loser)) {
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
function leavesOf({ findings, said }: PolicyFile): ReadonlyMap<string, Spot<string>> {
  const leaves = new Map<string, Spot<string>>()
  const put = (key: string, spot: Spot<unknown> | undefined) => {
    if (spot === undefined || Array.isArray(spot.value)) return
    const written = findings.source.text.slice(spot.span.start, spot.span.end)
    leaves.set(key, { value: written.replace(/^["']|["']$/g, ''), span: spot.span })
  }
  const putAll = (section: string, spots: Readonly<Record<string, Spot<unknown>>>) => {
    for (const [key, spot] of Object.entries(spots)) put(`${section}.${key}`, spot)
  }
  const { size, senders, attachments, spam, virus, quarantine, junk_folder, at_worst } = said
  for (const [name, section] of Object.entries({ size, senders, attachments, spam, virus }))
    if (section !== undefined && section.value !== 'off') putAll(name, section.value)
  putAll('quarantine', quarantine ?? {})
  put('junk_folder', junk_folder)
  put('at_worst', at_worst)
  return leaves
}
