/** A step of a decision as it is shown. */
import type { Facts } from '../../decide/facts.ts'
import type { Action, Place } from '../../decide/verdict.ts'

export type StepName =
  | 'size'
  | 'senders'
  | 'rules'
  | 'attachments'
  | 'spam'
  | 'at_worst'
  | 'bounce_guard'
  | 'real size'
  | 'enforce'
  | 'virus'

/** An action; `allow` passes steps by; a rule that edits, or does not match; what hangs on facts that are not known yet. Undefined: the mail goes on. */
export type Effect = Action | 'allow' | 'edit' | 'no' | 'waits' | undefined

/** `isIdle`: the policy asks nothing here. `words` are not escaped yet. */
export type Words = { readonly effect: Effect; readonly words: string; readonly isIdle?: boolean }

/** `place`: of the rule, or of the `enforce` that asks. */
export type Step = Required<Words> & {
  readonly number: number
  readonly name: StepName
  readonly place: Place | undefined
}

/** What the decision went by; `placed` names a place in few letters. */
export type About = {
  readonly facts: Facts
  /** They part a detail from an address. */
  readonly delimiters: string
  readonly placed: (place: Place) => string
}
