/** Which survivors share one transaction with the next hop. Pure. */
import { withDetail } from '../address.ts'
import type { Edits } from '../decide/verdict.ts'
import type { Recipient } from '../transaction.ts'
import type { Delivery } from './targets.ts'

/** `mailbox`: the quarantine mailbox that takes the recipient's place. */
type Survivor = {
  readonly recipient: Recipient
  readonly verdict: { readonly edits: Edits }
  readonly mailbox?: string | undefined
}

/** Who gets the same bytes. `omit` holds lower-case names; `members` and `recipients` run side by side. */
export type Survivors<Member extends Survivor> = {
  readonly headers: Edits['headers']
  readonly omit: ReadonlySet<string>
  readonly recipients: readonly Delivery[]
  readonly members: readonly Member[]
}

/**
 * Who gets the same bytes is of one group, whatever the folder: that is only another address. Groups stand in the order of their first members, members in
 * the order given. `delimiters` are those of detail addresses; `ownFields` (lower case) are left out of every copy; a field that the message does not have
 * (`has`) tells no copies apart.
 */
export function groupSurvivors<Member extends Survivor>(
  survivors: readonly Member[],
  delimiters: string,
  ownFields: readonly string[],
  has: (field: string) => boolean,
): readonly Survivors<Member>[] {
  const groups = new Map<string, Survivors<Member> & { readonly recipients: Delivery[]; readonly members: Member[] }>()
  const own = ownFields.filter(has)
  for (const member of survivors) {
    const { headers, omit } = member.verdict.edits
    const theirs = omit.filter(has)
    const left = theirs.length === 0 ? own : [...new Set([...own, ...theirs])]
    const key = bytesKey(headers, left)
    const to = delivery(member, delimiters)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { headers, omit: new Set(left), members: [member], recipients: [to] })
    else {
      group.members.push(member)
      group.recipients.push(to)
    }
  }
  return [...groups.values()]
}

function delivery({ recipient, verdict, mailbox }: Survivor, delimiters: string): Delivery {
  if (mailbox !== undefined) return { recipient, path: mailbox, fallback: 'defer' }
  const { folder } = verdict.edits
  const path = folder === undefined ? recipient.path : withDetail(recipient.path, folder, delimiters)
  return { recipient, path, fallback: 'plain' }
}

function bytesKey(headers: Edits['headers'], omit: readonly string[]): string {
  if (headers.length === 0 && omit.length === 0) return ''
  return JSON.stringify([headers.map(({ name, text }) => [name, text]), [...omit].sort()])
}
