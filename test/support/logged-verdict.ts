/** Verdicts as they stand in the log, to compare those of `explain` with those of the gate. */
import type { Place, Reason } from '../../src/decide/verdict.ts'
import { becauseText, placeText } from '../../src/watch/log.ts'
import { quoted } from '../../src/watch/plain.ts'

export type AnyVerdict = { readonly action: string; readonly because: Reason; readonly place: Place }

/** `action=junk, because="spam: 7 reaches junk 6", policy=rules/default.yaml:1`, and what was on trial. */
export function loggedVerdict(line: string): string {
  return /action=.*?(?=, (?:cause|stage|in_doubt)=)/.exec(line)?.[0] ?? `no verdict in "${line}"`
}

/** `tried`: what it would have been without a trial; that is told only where it makes a difference, which `logged` did or not. */
export function asLogged(verdict: AnyVerdict, tried: AnyVerdict | undefined, logged: string): string {
  const own = wordsOf(verdict)
  if (tried === undefined || (!logged.includes(', shadow=') && wordsOf(tried) === own)) return own
  const { action, because, place } = tried
  return `${own}, shadow=${quoted(`${action} (${becauseText(because)}, ${placeText(place)})`)}`
}

function wordsOf({ action, because, place }: AnyVerdict): string {
  return `action=${action}, because=${quoted(becauseText(because))}, policy=${quoted(placeText(place))}`
}
