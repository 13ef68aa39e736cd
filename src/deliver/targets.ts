/** The recipients of one delivery on their way: who is still to be sent, and where a refused address leads. */
import { replyText } from '../reply.ts'
import type { Recipient } from '../transaction.ts'
import { isAscii } from './commands.ts'
import type { Exchange } from './exchange.ts'
import type { Outcome } from './outcome.ts'
import type { TellFinal } from './roster.ts'
import type { Parcel } from './transfer.ts'
import type { Until } from './until.ts'

/**
 * `path`: where it goes, as it came or re-addressed. A refused re-addressing never becomes a bounce: it is repaired by `plain` (the default: under the
 * recipient's own path), or kept as a failure of ours by `defer`.
 */
export type Delivery = {
  readonly recipient: Recipient
  readonly path: string
  readonly fallback?: 'plain' | 'defer'
}

/** `index`: its place in the group. */
export type Target = Delivery & { readonly index: number }

/** All of a group, before any is sent. */
export function targetsOf(deliveries: readonly Delivery[]): readonly Target[] {
  return deliveries.map(({ recipient, path, fallback = 'plain' }, index) => ({ recipient, path, fallback, index }))
}

/** One transaction: MAIL and RCPTs unless the exchange holds just these targets, then the message. `tell` gets each target once; `onSent` as for `Exchange.send`. */
export async function transact(
  exchange: Exchange,
  targets: readonly Target[],
  parcel: Parcel,
  until: Until,
  tell: (target: Target, outcome: Outcome) => void,
  onSent: () => void,
): Promise<void> {
  const accepted = holdsJust(exchange, targets) ? targets : offerAll(exchange, targets, tell)
  const final: TellFinal = (order, outcome) => {
    const target = accepted[order]
    if (target !== undefined) tell(target, outcome)
  }
  await exchange.send(parcel, until, final, onSent)
}

/** Those whom the next hop takes, as its answers come. */
function offerAll(
  exchange: Exchange,
  targets: readonly Target[],
  tell: (target: Target, outcome: Outcome) => void,
): readonly Target[] {
  const accepted: Target[] = []
  for (const target of targets)
    exchange.rcpt(target.recipient, target.path, outcome => {
      if (outcome.kind === 'answered' && outcome.reply.code < 300) accepted.push(target)
      else tell(target, outcome)
    })
  return accepted
}

/** The open transaction is the one that these targets need: the same recipients under the same paths, in order. */
export function holdsJust(exchange: Exchange, targets: readonly Target[]): boolean {
  const { accepted, isOpen } = exchange
  return (
    isOpen &&
    accepted.length === targets.length &&
    targets.every((target, i) => accepted[i]?.recipient === target.recipient && accepted[i].path === target.path)
  )
}

/** The same target under its own path, if it was re-addressed in vain. */
export function plainAfter(target: Target, outcome: Outcome): Target | undefined {
  if (target.fallback === 'defer' || !isRefusedAddress(target, outcome)) return undefined
  return { ...target, path: target.recipient.path }
}

/** A refusal of an address that we made up is not the recipient's. */
export function ownFailure(target: Target, outcome: Outcome): Outcome {
  if (!isRefusedAddress(target, outcome)) return outcome
  const answer = outcome.kind === 'answered' ? replyText(outcome.reply) : 'not in ASCII'
  return { kind: 'ours', cause: `address of the mailbox refused: ${answer}` }
}

/** The next hop does not know, or cannot be told, the address that we made up. */
function isRefusedAddress(target: Target, outcome: Outcome): boolean {
  if (target.path === target.recipient.path) return false
  if (outcome.kind === 'cannot') return !isAscii(target.path)
  return outcome.kind === 'answered' && outcome.at === 'RCPT' && outcome.reply.code >= 500
}

/** The last octet of the message had not left, so it may be sent again; 421 is about the connection. */
export function wasNotSent(outcome: Outcome): boolean {
  if (outcome.kind === 'answered') return outcome.reply.code === 421 && outcome.at !== 'end of data'
  return outcome.kind === 'unanswered' && outcome.at !== 'end of data'
}
