/** Which survivors share one transaction with the next hop. Pure. */
import { withDetail } from '../address.ts'
import type { Edits } from '../decide/verdict.ts'
import type { Recipient } from '../transaction.ts'
import type { Delivery } from './targets.ts'

type Survivor = { readonly recipient: Recipient; readonly verdict: { readonly edits: Edits } }

/** `members` and `recipients` run side by side. `omit` holds lower-case names. */
export type Survivors<Member extends Survivor> = {
  readonly headers: Edits['headers']
  readonly omit: ReadonlySet<string>
  readonly recipients: readonly Delivery[]
  readonly members: readonly Member[]
}

/**
 * Who gets the same bytes is of one group, whatever the folder: that is only another address. Groups stand in the order of their first members, members in
 * the order given. `delimiters` are those of detail addresses; `ownFields` (lower case) are left out of every copy.
 */
export function groupSurvivors<Member extends Survivor>(
  survivors: readonly Member[],
  delimiters: string,
  ownFields: readonly string[],
): readonly Survivors<Member>[] {
  const groups = new Map<string, Member[]>()
  for (const member of survivors) {
    const key = bytesKey(member.verdict.edits)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [member])
    else group.push(member)
  }
  return [...groups.values()].map(members => ({
    headers: members[0]?.verdict.edits.headers ?? [],
    omit: new Set([...ownFields, ...(members[0]?.verdict.edits.omit ?? [])]),
    recipients: members.map(member => delivery(member, delimiters)),
    members,
  }))
}

function delivery({ recipient, verdict }: Survivor, delimiters: string): Delivery {
  const { folder } = verdict.edits
  const path = folder === undefined ? recipient.path : withDetail(recipient.path, folder, delimiters)
  return { recipient, path, fallback: 'plain' }
}

function bytesKey({ headers, omit }: Edits): string {
  return JSON.stringify([headers.map(({ name, text }) => [name, text]), [...new Set(omit)].sort()])
}
