/** Groups that say different things about one member: the first by name wins, which is hardly meant so. */
import type { Span } from '../problem.ts'
import type { Spot } from './reader.ts'
import type { PolicyFile } from './policy-file.ts'

/** Both in the order in which they count, `near` first. One warning for each pair of groups and each key, in the group that loses. */
export function adviseGroups(near: readonly PolicyFile[], far: readonly PolicyFile[]): void {
  for (const [i, loser] of [...near, ...far].entries())
    for (const winner of near.slice(0, i)) {
      const member = commonMember(winner, loser)
      if (member === undefined) continue
      const theirs = leavesOf(winner)
      const { source } = winner.findings
      for (const [key, leaf] of leavesOf(loser)) {
        const other = theirs.get(key)
        if (other !== undefined && other.value !== leaf.value)
          loser.findings.warn(
            leaf.span,
            'contradiction',
            `for ${member} another group says ${other.words}, and wins`,
            `see ${source.file}:${source.lineAndColumn(other.span.start).line}`,
          )
      }
    }
}

function commonMember(a: PolicyFile, b: PolicyFile): string | undefined {
  const names = new Set(a.members.map(({ value }) => `${value.local ?? '*'}@${value.domain ?? '*'}`))
  return b.members.map(({ value }) => `${value.local ?? '*'}@${value.domain ?? '*'}`).find(name => names.has(name))
}

/** `value` to compare, `words` to show. */
type Leaf = { readonly value: string; readonly words: string; readonly span: Span }

/** What only one file can win, and of sections whether they are off; lists and rules add up. */
function leavesOf({ findings, said }: PolicyFile): ReadonlyMap<string, Leaf> {
  const leaves = new Map<string, Leaf>()
  const put = (key: string, one: Spot<unknown> | undefined, value?: string) => {
    if (one === undefined || Array.isArray(one.value)) return
    const written = findings.source.text.slice(one.span.start, one.span.end).trimEnd().replace(/\s+/g, ' ')
    const text = written.replace(/^["']|["']$/g, '')
    const words = text.length > maxWords ? `${text.slice(0, maxWords)}…` : text
    leaves.set(key, { value: value ?? text, words, span: one.span })
  }
  const putAll = (section: string, spots: Readonly<Record<string, Spot<unknown>>>) => {
    for (const [key, one] of Object.entries(spots)) put(`${section}.${key}`, one)
  }
  const { size, senders, attachments, spam, virus, quarantine, junk_folder, at_worst, next_hop } = said
  for (const [name, section] of Object.entries({ size, senders, attachments, spam, virus })) {
    if (section === undefined) continue
    put(name, section, section.value === 'off' ? 'off' : 'asked')
    if (section.value !== 'off') putAll(name, section.value)
  }
  putAll('quarantine', quarantine ?? {})
  put('junk_folder', junk_folder)
  put('at_worst', at_worst)
  put('next_hop', next_hop && { value: 'endpoints', span: next_hop.span })
  return leaves
}

const maxWords = 60
