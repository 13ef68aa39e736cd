/** How long a delivery makes sense. */
import type { Outcome } from './outcome.ts'

/** Moments of `Clock.now()`: the latest to start the message, and the latest to wait for final replies. */
export type Until = {
  readonly start: number
  readonly end: number
  /** False: nobody would hear of it any more, so what has not begun is not begun. Missing: somebody will. */
  readonly isWanted?: (() => boolean) | undefined
}

/** Postfix waits 600 s for each reply; so long (ms) after the end of data we wait for the next hop's, whatever the scanners took of it. */
const giveUpAfter = 570_000

/** For deliveries whose time runs from the moment `begin` on, of which `deadline` (ms) is left to start them. */
export function untilFrom(begin: number, deadline: number, isWanted?: () => boolean): Until {
  return { start: begin + deadline, end: begin + giveUpAfter, isWanted }
}

/** Why nothing is to be begun any more at the moment `now`; undefined: it may begin. */
export function untimely(until: Until, now: number): Outcome | undefined {
  if (until.isWanted?.() === false) return { kind: 'gone' }
  return now > until.start ? { kind: 'late', cause: 'too late to start' } : undefined
}
