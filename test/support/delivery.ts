/** For tests of deliver/: three recipients, a small message, and outcomes in words. */
import type { DeliveryGroup, Downstream } from '../../src/deliver/downstream.ts'
import type { Outcome } from '../../src/deliver/outcome.ts'
import type { Message, Recipient } from '../../src/transaction.ts'
import { dovecotOffers } from './next-hop.ts'
import { offerTo } from './offering.ts'
import type { Peer } from './peer.ts'
import { lines, messageOf, recipientOf, senderOf, type Bench } from './scripted-server.ts'

export const dataOnly = ['8BITMIME', 'PIPELINING']
export const until = { start: 240_000, end: 570_000 }
export const prefix = 'Received: x\r\n'
export const text = 'Subject: y\r\n\r\n.hello\r\n'
export const chunk = `BDAT ${(prefix + text).length} LAST\r\n${prefix}${text}`
export const dots = `${prefix}${text.replace('\n.', '\n..')}.\r\n`

export const [alice, bob, carol] = ['alice@x', 'bob@x', 'carol@x'].map(path => recipientOf(path)) as [
  Recipient,
  Recipient,
  Recipient,
]

export function groupOf(recipients: readonly Recipient[], message: Message = messageOf([text])): DeliveryGroup {
  return {
    recipients: recipients.map(recipient => ({ recipient, path: recipient.path })),
    prefix: Buffer.from(prefix),
    message,
    omit: new Set(),
  }
}

/** `0 end of data 250 stored`, `1 message? closed`, in the order in which they were told. */
export function deliver(downstream: Downstream, group: DeliveryGroup, time = until): Promise<string[]> {
  const told: string[] = []
  return downstream.deliver([group], time, (index, outcome) => told.push(`${index} ${words(outcome)}`)).then(() => told)
}

/** The same for groups of one recipient each; the number is the group's. */
export function deliverEach(downstream: Downstream, groups: readonly DeliveryGroup[], time = until): Promise<string[]> {
  const told: string[] = []
  const tell = (_: number, outcome: Outcome, group: number) => told.push(`${group} ${words(outcome)}`)
  return downstream.deliver(groups, time, tell).then(() => told)
}

function words(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'answered':
      return `${outcome.at} ${outcome.reply.code} ${outcome.reply.lines.join(' ')}`
    case 'unanswered':
      return `${outcome.at}? ${outcome.cause}`
    case 'busy':
    case 'late':
    case 'ours':
      return `${outcome.kind} ${outcome.cause}`
    case 'cannot':
      return `cannot ${outcome.why}`
    case 'gone':
      return 'gone'
  }
}

/** Offers made and accepted on a new connection. */
export async function offered(
  { server, hop }: Bench,
  recipients: readonly Recipient[],
  offers: readonly string[] = dovecotOffers,
) {
  const downstream = hop.begin(senderOf('s@x'))
  const outcomes = recipients.map(recipient => offerTo(downstream, recipient))
  const peer = await server.ready(offers)
  await takeEnvelope(peer, recipients.length)
  await Promise.all(outcomes)
  return { downstream, peer }
}

export async function takeEnvelope(peer: Peer, count: number): Promise<string[]> {
  const commands = await lines(peer, count + 1)
  peer.send('250 2.0.0 ok\r\n'.repeat(count + 1))
  return commands
}
