/** Which action is harder on a message. */
import type { Action } from './verdict.ts'

const severities: Readonly<Record<Action, number>> = {
  deliver: 0,
  junk: 1,
  quarantine: 2,
  defer: 3,
  reject: 4,
  discard: 5,
}

/** Whether `a` is harder on a message than `b`. To keep it is milder than to defer it, and that than to refuse it. */
export function isSeverer(a: Action, b: Action): boolean {
  return severities[a] > severities[b]
}

/** Whether the message would be somewhere when all is done. */
export function isKept(action: Action): boolean {
  return action === 'deliver' || action === 'junk' || action === 'quarantine'
}
