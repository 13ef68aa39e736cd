/** What one step comes to, if it comes to anything. */
import type { ReplyText } from '../settings.ts'
import type { Action, Place, Reason } from '../verdict.ts'

/** `told`: the facts behind it, in words that may stand in the recipient's copy; undefined: there are none but the policy. */
export type Finding = {
  readonly action: Action
  readonly text: ReplyText | undefined
  readonly because: Reason
  readonly place: Place
  readonly told: string | undefined
}
