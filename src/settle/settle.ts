/** Verdict and outcome become the reply that the client gets. Pure. */
import type { Verdict } from '../decide/verdict.ts'
import type { Outcome, Stage } from '../deliver/outcome.ts'
import type { Kept } from '../deliver/quarantine.ts'
import { reply, replyClass, replyText, withoutAccents } from '../reply.ts'
import type { Reply } from '../reply.ts'
import { settled } from './sentences.ts'

/** `cause`: what happened instead, where the reply is not the next hop's own; `inDoubt`: it may have the message all the same (RFC 1047). */
export type Settlement = { readonly reply: Reply; readonly cause: string | undefined; readonly inDoubt: boolean }

/** For a verdict that says no, or that nobody gets the message: the next hop is not asked. */
export function settleRefusal(action: 'reject' | 'defer' | 'discard', code: Verdict['code']): Reply {
  if (action === 'discard') return settled.discarded
  const usual = action === 'reject' ? settled.rejected : settled.deferred
  if (code === undefined) return usual
  const own = code.code === settled.tooBigForRecipient.code ? settled.tooBigForRecipient.lines : usual.lines
  return reply(code.code, code.enhanced, ...(code.text === undefined ? own : [withoutAccents(code.text)]))
}

/** Positive only for a copy that is on disk, synced. */
export function settleQuarantine(kept: Kept): Settlement {
  switch (kept.kind) {
    case 'kept':
      return { reply: settled.quarantined, cause: `kept as ${kept.id}`, inDoubt: false }
    case 'full':
      return ours(settled.noSpace, kept.cause)
    case 'failed':
      return ours(settled.quarantineFailed, kept.cause)
  }
}

/** For a quarantine that is a mailbox at the next hop: whatever it refuses is our trouble, and never a bounce. */
export function settleMailbox(outcome: Outcome): Settlement {
  const { reply: answer, cause, inDoubt } = settleOutcome(outcome)
  if (inDoubt) return { reply: answer, cause, inDoubt }
  const words = cause ?? replyText(answer)
  return ours(replyClass(answer) === 'positive' ? settled.quarantined : settled.quarantineMailbox, words)
}

/**
 * The next hop's own words where it decided. Its 421 is about its connection; 500, 502, 503, 504 and 555 say that we erred; a refused greeting
 * or LHLO is an outage: none of them ever becomes a bounce (DESIGN.md, invariant 5).
 */
export function settleOutcome(outcome: Outcome): Settlement {
  switch (outcome.kind) {
    case 'answered':
      return settleAnswer(outcome.at, outcome.reply)
    case 'unanswered':
      return settleSilence(outcome.at, outcome.cause)
    case 'busy':
      return ours(settled.nextHopBusy, outcome.cause)
    case 'late':
      return ours(settled.late, outcome.cause)
    case 'gone':
      return ours(settled.clientGone, 'the client hung up')
    case 'cannot':
      return ours(outcome.why === 'smtputf8' ? settled.needsSmtputf8 : settled.needs8bitmime, `no ${outcome.why}`)
    case 'ours':
      return ours(settled.spoolFailed, outcome.cause)
  }
}

/** What the next hop says when it finds fault with the way we speak. */
const ourFaults: ReadonlySet<number> = new Set([500, 502, 503, 504, 555])

function settleAnswer(at: Stage, answer: Reply): Settlement {
  const own = replacement(at, answer)
  if (own !== undefined) return ours(own, replyText(answer))
  return { reply: answer, cause: undefined, inDoubt: false }
}

function replacement(at: Stage, answer: Reply): Reply | undefined {
  if (at === 'connect' || at === 'greeting' || at === 'LHLO') return settled.nextHopDown
  if (answer.code === 421) return settled.nextHopStops
  if (ourFaults.has(answer.code) || replyClass(answer) === 'intermediate') return settled.nextHopUnclear
  return undefined
}

function settleSilence(at: Stage, cause: string): Settlement {
  switch (at) {
    case 'connect':
    case 'greeting':
    case 'LHLO':
      return ours(settled.nextHopDown, cause)
    case 'MAIL':
    case 'RCPT':
    case 'DATA':
    case 'message':
      return ours(settled.nextHopLost, cause)
    case 'end of data':
      return { reply: settled.inDoubt, cause, inDoubt: true }
  }
}

function ours(own: Reply, cause: string): Settlement {
  return { reply: own, cause, inDoubt: false }
}
