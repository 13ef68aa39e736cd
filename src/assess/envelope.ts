/** What is known before the message is here: of a transaction, at MAIL, and of each of its recipients, at RCPT. Pure. */
import { addressOf, originalRecipient } from '../address.ts'
import { dayOf, factsOf, nothingLearned } from '../decide/facts.ts'
import type { EnvelopeFacts, Facts } from '../decide/facts.ts'
import type { Recipient, Transaction } from '../transaction.ts'

export function envelopeFacts({
  sender,
  client,
  begun,
}: Pick<Transaction, 'sender' | 'client' | 'begun'>): EnvelopeFacts {
  return {
    sender: sender.path === '' ? undefined : addressOf(sender.path),
    client: client?.address,
    now: begun.getTime(),
    today: dayOf(begun),
    declaredSize: sender.size,
  }
}

export function factsAtRcpt(common: EnvelopeFacts, { path, params }: Recipient): Facts {
  return factsOf(common, { recipient: addressOf(path), original: originalRecipient(params) }, nothingLearned)
}
