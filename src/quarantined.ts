/** Whose mail stays with us: his copy is safe on the disk before he is settled, and then the notice is written that he may want. */
import { evidenceText } from './decide/fact-text.ts'
import type { Quarantine } from './deliver/quarantine.ts'
import type { Notices } from './deliver/quarantine/notices.ts'
import type { Routes } from './deliver/routes.ts'
import type { GateParts } from './gate.ts'
import { settleQuarantine } from './settle/settle.ts'
import type { Message, Transaction } from './transaction.ts'
import type { Judged } from './verdicts.ts'
import type { Fate } from './watch/report.ts'

/** What all of them share. `settle` gets the fate of each as soon as it is known. */
type Keeping = {
  readonly parts: Pick<GateParts, 'name' | 'ownFields'> & {
    readonly quarantine: Pick<Quarantine, 'keep'>
    readonly routes: Pick<Routes, 'to'>
  }
  readonly transaction: Transaction
  readonly message: Message
  readonly notices: Pick<Notices, 'write'>
  readonly settle: (slot: number, fate: Fate) => void
}

/** One after the other. */
export async function keepBack(judged: readonly Judged[], keeping: Keeping): Promise<void> {
  const { message, transaction, notices, settle } = keeping
  const { quarantine, ownFields, name, routes } = keeping.parts
  const { id, begun, sender, client } = transaction
  for (const { recipient, policy, slot, verdict, evidence } of judged) {
    const { because, place, keeping: wish } = verdict
    const kept = await quarantine.keep({
      message,
      omit: new Set(ownFields),
      sender,
      recipient,
      client,
      reason: because,
      place,
      facts: evidenceText(evidence),
      ...(wish === undefined ? {} : { keep: wish.keep }),
      transaction: id,
    })
    settle(slot, { recipient, verdict, ...settleQuarantine(kept), stage: 'end of data' })
    if (kept.kind !== 'kept' || wish?.notice !== true) continue
    const about = { name, id: kept.id, message, sender, recipient, date: begun, keep: wish.keep, reason: because }
    await notices.write(about, routes.to(policy.nextHop?.value))
  }
}
