/** Hands a message from quarantine to the next hop: to the recipient in its entry and nobody else, by the road that all mail takes. */
import type { Clock } from '../../clock.ts'
import type { Reply } from '../../reply.ts'
import { settled } from '../../settle/sentences.ts'
import { settleOutcome } from '../../settle/settle.ts'
import type { Settlement } from '../../settle/settle.ts'
import { nothing } from '../../transaction.ts'
import type { Recipient } from '../../transaction.ts'
import type { NextHop } from '../next-hop.ts'
import type { Outcome } from '../outcome.ts'
import { headerPrefix } from '../prefix.ts'
import type { Entry } from './entry.ts'
import type { KeptMessage } from './kept-message.ts'
import type { Found } from './names.ts'
import { codeOf } from './files.ts'
import type { NoEntry, Shelf } from './shelf.ts'

/**
 * `released`: the next hop has it, and the entry is deleted (unless `trouble` says why not). `refused`: for good; `not now`: it can be tried again;
 * `in doubt`: all was sent and nothing answered, so it may have been delivered: in these three the entry stays. `busy`: somebody else has taken it.
 */
export type Released =
  | { readonly kind: 'released'; readonly reply: Reply; readonly trouble: string | undefined }
  | {
      readonly kind: 'refused' | 'not now' | 'in doubt'
      readonly reply: Reply
      /** What happened instead of a reply of the next hop's own. */
      readonly cause: string | undefined
    }
  | { readonly kind: 'busy' }
  | NoEntry

export type ReleaseOptions = {
  /** Whose policy cannot be read has none now. */
  readonly nextHopFor: (recipient: Recipient) => NextHop | undefined
  readonly clock: Clock
  /** Our host name, for the trace field. */
  readonly name: string
}

/** How long (ms) the delivery may take to begin, and to be answered; together less than an entry may be away (`longest` in expire.ts). */
const startWithin = 240_000
const answerWithin = 570_000

/** Rejects only if the disk fails before anything was sent; the entry stays then. */
export async function release(shelf: Shelf, found: Found, options: ReleaseOptions): Promise<Released> {
  const taken = await shelf.take(found, options.clock.date())
  if (taken === undefined) return { kind: 'busy' }
  const released = await releaseTaken(shelf, taken, options)
  if (released.kind !== 'released') {
    // What cannot be given back now is given back by `expire`, or is gone.
    await shelf.giveBack(taken).catch(() => false)
    return released
  }
  try {
    await shelf.remove(taken)
    await shelf.sync()
    return released
  } catch (error) {
    return { ...released, trouble: codeOf(error) }
  }
}

async function releaseTaken(shelf: Shelf, taken: Found, options: ReleaseOptions): Promise<Released> {
  const entry = await shelf.read(taken)
  if ('kind' in entry) return entry
  const message = await shelf.open(taken, entry)
  if ('kind' in message) return message
  try {
    const nextHop = options.nextHopFor(entry.recipient)
    if (nextHop === undefined) return { kind: 'not now', reply: settled.brokenPolicy, cause: undefined }
    return judged(settleOutcome(await send(entry, message, nextHop, options)))
  } finally {
    message.discard()
  }
}

async function send(
  entry: Entry,
  message: KeptMessage,
  nextHop: NextHop,
  { clock, name }: ReleaseOptions,
): Promise<Outcome> {
  const { recipient, sender, transaction: id } = entry
  const { path } = recipient
  const trace = { by: name, peer: { name, address: undefined }, id, forPath: path, date: clock.date() }
  const prefix = headerPrefix(trace, [{ name: 'X-Lmtp-Gate', text: 'released from quarantine' }])
  const group = { recipients: [{ recipient, path }], prefix, message, omit: nothing }
  const until = { start: clock.now() + startWithin, end: clock.now() + answerWithin }
  const downstream = nextHop.begin(sender)
  let last: Outcome = { kind: 'ours', cause: 'no outcome' }
  await downstream.deliver([group], until, (_, outcome) => (last = outcome))
  downstream.release()
  return last
}

function judged({ reply, cause, inDoubt }: Settlement): Released {
  if (reply.code < 300) return { kind: 'released', reply, trouble: undefined }
  if (inDoubt) return { kind: 'in doubt', reply, cause }
  return { kind: reply.code < 500 ? 'not now' : 'refused', reply, cause }
}
