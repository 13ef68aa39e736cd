/** What the gate tells its administrator: one line per recipient in Postfix's field names, and a line for each event. */
import type { Problem } from '../decide/problem.ts'
import type { Place, Action, Reason, Shadow } from '../decide/verdict.ts'
import type { Stage } from '../deliver/outcome.ts'
import type { Reply } from '../reply.ts'

/** What became of one recipient. Paths are latin1 as on the wire; the log escapes what must not get in. */
export type Settled = {
  /** The transaction's own id, as in its Received field. */
  readonly id: string
  /** Postfix's queue id (XFORWARD IDENT). */
  readonly queueId: string | undefined
  readonly from: string
  readonly to: string
  /** ORCPT, if the client told it. */
  readonly originalTo: string | undefined
  /** The connection used, as endpointText gives it; undefined if the next hop was not asked. */
  readonly relay: string | undefined
  readonly delays: Delays
  /** How far the conversation was when the reply was certain: a refusal by policy is at RCPT or at end of data. */
  readonly stage: Stage
  /** What the client is told. */
  readonly reply: Reply
  readonly action: Action
  readonly because: Reason
  readonly place: Place
  /** What would have been done but for a trial. */
  readonly shadow?: Shadow | undefined
  /** Where `reply` is not the next hop's own: what it did or said instead (`connection closed`, `421 4.3.2 Shutting down`). */
  readonly cause: string | undefined
  /** All was sent and no answer came: the next hop may have stored the message (RFC 1047). */
  readonly inDoubt: boolean
}

/** Milliseconds, one after the other, as Postfix's a/b/c/d. */
export type Delays = {
  /** From MAIL to the end of data (or to RCPT, if all was over there). */
  readonly receive: number
  /** Until the verdict. */
  readonly decide: number
  /** Until a connection was free and this recipient's delivery group had its turn. */
  readonly wait: number
  /** Until the reply was certain. */
  readonly deliver: number
}

export type Level = 'info' | 'warning' | 'error'

/** Names are ours and fixed (`next_hop`, `attempts`); values may be anything. Undefined ones are left out. */
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>

export type Log = {
  recipient(settled: Settled): void
  /** `name` is a few plain words of ours: `next hop down`. */
  event(level: Level, name: string, fields?: Fields): void
  /** Resolves when everything logged so far is written. */
  flush(): Promise<void>
  /** The same at once, for the last moments of the process. */
  flushNow(): void
}

/** Logs nothing, for tools that print their own. */
export const silentLog: Log = {
  recipient: () => undefined,
  event: () => undefined,
  flush: () => Promise.resolve(),
  flushNow: () => undefined,
}

/** Postfix's word for what became of the recipient. */
export function status(reply: Reply): 'sent' | 'deferred' | 'bounced' {
  if (reply.code < 300) return 'sent'
  return reply.code < 500 ? 'deferred' : 'bounced'
}

/** Postfix's dsn=: the enhanced code, or the general one of the class. */
export function dsn(reply: Reply): string {
  return reply.enhanced ?? `${Math.floor(reply.code / 100)}.0.0`
}

/** `rules: rule 2` */
export function becauseText({ step, words }: Reason): string {
  return words === '' ? step : `${step}: ${words}`
}

/** A problem of a file in one line. */
export function problemText({ file, line, column, message, mend }: Problem): string {
  const place = line === 0 ? file : `${file}:${line}:${column}`
  return `${place}: ${message}${mend === undefined ? '' : ` (${mend})`}`
}

export function placeText(place: Place): string {
  return place === 'built in' ? place : `${place.file}:${place.line}`
}
