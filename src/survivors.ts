/** Survivors are handed on: those who get the same bytes go together, and what the next hop says of each becomes his reply. */
import type { DeliveryGroup, Downstream, TellDelivered } from './deliver/downstream.ts'
import type { Endpoint } from './deliver/endpoint.ts'
import { groupSurvivors } from './deliver/groups.ts'
import type { Survivors } from './deliver/groups.ts'
import { stageOf } from './deliver/outcome.ts'
import { headerPrefix, traceOf } from './deliver/prefix.ts'
import { mailboxPath } from './deliver/quarantine/mailbox.ts'
import type { Until } from './deliver/until.ts'
import type { GateParts } from './gate.ts'
import { settleMailbox, settleOutcome } from './settle/settle.ts'
import type { Message, Transaction } from './transaction.ts'
import type { Judged } from './verdicts.ts'
import type { Fate, Report } from './watch/report.ts'

/** One transaction at one next hop. */
type Way = Pick<Downstream, 'deliver' | 'rest' | 'relay'>

/** What all of them share. `settle` gets the fate of each as soon as it is known. */
type Onward = {
  readonly parts: Pick<GateParts, 'name' | 'recipientDelimiter' | 'ownFields'>
  readonly transaction: Transaction
  readonly message: Message
  readonly downstreams: { to(endpoints: readonly Endpoint[] | undefined): Way }
  readonly until: Until
  readonly report: Pick<Report, 'turn'>
  readonly settle: (slot: number, fate: Fate) => void
}

/** `mailbox`: where his copy is kept at the next hop, if it goes to quarantine. */
type Survivor = Pick<Judged, 'recipient' | 'slot' | 'verdict'> & {
  readonly downstream: Way
  readonly mailbox: string | undefined
}

/** One next hop after the other, and one group after the other on the connection we hold: waiting for a second one could wait for ourselves. */
export async function handOn(judged: readonly Judged[], onward: Onward): Promise<void> {
  const { parts, message, until, report } = onward
  const has = (field: string): boolean => message.has(field)
  const all = judged.map(each => survivorOf(each, onward))
  for (const downstream of new Set(all.map(each => each.downstream))) {
    const survivors = all.filter(each => each.downstream === downstream)
    const groups = groupSurvivors(survivors, parts.recipientDelimiter, parts.ownFields, has)
    const deliveries = groups.map(group => deliveryOf(group, onward))
    report.turn()
    await downstream.deliver(deliveries, until, settlerOf(groups, downstream, onward))
    downstream.rest()
  }
}

function survivorOf({ recipient, policy, slot, verdict }: Judged, { parts, downstreams }: Onward): Survivor {
  const pattern = verdict.keeping?.mailbox
  const mailbox = pattern === undefined ? undefined : mailboxPath(pattern, recipient.path, parts.recipientDelimiter)
  return { recipient, slot, verdict, downstream: downstreams.to(policy.nextHop?.value), mailbox }
}

function deliveryOf({ recipients, headers, omit }: Survivors<Survivor>, onward: Onward): DeliveryGroup {
  const { parts, transaction, message } = onward
  const single = recipients.length === 1 ? recipients[0]?.path : undefined
  return { recipients, prefix: headerPrefix(traceOf(transaction, parts.name, single), headers), message, omit }
}

function settlerOf(groups: readonly Survivors<Survivor>[], downstream: Way, { report, settle }: Onward): TellDelivered {
  const waiting = groups.map(({ members }) => members.length)
  return (index, outcome, group) => {
    const each = groups[group]?.members[index]
    if (each === undefined) throw new Error('an outcome for nobody')
    const { recipient, slot, verdict, mailbox } = each
    const { reply, cause, inDoubt } = mailbox === undefined ? settleOutcome(outcome) : settleMailbox(outcome)
    const { relay } = downstream
    settle(slot, { recipient, verdict, reply, cause, inDoubt, stage: stageOf(outcome, 'end of data'), relay })
    waiting[group] = (waiting[group] ?? 0) - 1
    if (waiting[group] === 0) report.turn()
  }
}
