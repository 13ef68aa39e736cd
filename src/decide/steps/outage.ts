/** What becomes of a message that a scanner did not look at (rules/README.md). */
import type { Facts, Why } from '../facts.ts'
import type { Unscanned } from '../policy.ts'
import type { Leaf } from '../settings.ts'
import type { Action } from '../verdict.ts'

/** Undefined: it hangs on when the message came to the site, which is pending. */
export function askOutage(
  { now, received }: Pick<Facts, 'now' | 'received'>,
  why: Why,
  { down, unscannable }: Unscanned,
): Leaf<Action> | undefined {
  if (why.kind === 'unscannable') return unscannable
  const { value, place } = down
  if (value.wait === 0) return { value: value.then, place }
  if (received.state === 'pending') return undefined
  // Whose age is not known is taken for new: to wait longer loses nothing.
  const came = received.state === 'known' ? (received.value ?? now) : now
  return { value: now - came < value.wait ? 'defer' : value.then, place }
}

/** Every action that may become of it. */
export function outageActions({ down, unscannable }: Unscanned): readonly Action[] {
  return [down.value.then, unscannable.value, ...(down.value.wait > 0 ? (['defer'] as const) : [])]
}
