/** What a decision tells of itself while it is made: each step that was asked, with what, and what it came to. Nobody listens unless somebody asks why. */
import type { Facts } from './facts.ts'
import type { Attachments, Spam, Virus } from './policy.ts'
import type { Cap, Case, Condition, Guard, Leaf, Rule, SendersSection, SizeSection } from './settings.ts'
import type { Choice } from './steps/choose.ts'
import type { Finding } from './steps/finding.ts'
import type { SendersAnswer } from './steps/senders.ts'
import type { Answer, Truth } from './truth.ts'
import type { Place, Verdict } from './verdict.ts'

/** Told in the order of asking. It must not throw. */
export type Tell = (note: Note) => void

/** What a step found; undefined: that hangs on facts that are pending. */
type Found = Finding | 'nothing' | undefined

/** A condition of a rule that was asked, the case it stands in, and its answer. Those behind the one that settled the matter were not asked. */
export type Tried = {
  readonly part: 'when' | 'unless'
  readonly of: Case
  readonly condition: Condition
  readonly answer: Answer
}

export type Note =
  | {
      readonly step: 'declared size' | 'real size'
      readonly sections: readonly SizeSection[]
      readonly refused: Verdict | undefined
    }
  /** What was asked before the senders, about the recipient alone; it counts only if it refused. */
  | { readonly step: 'recipient'; readonly note: Note }
  | { readonly step: 'senders'; readonly section: SendersSection; readonly answer: SendersAnswer }
  /** `facts`: as its conditions saw them. `lacking`: what becomes of the message where the rule will never know whether it matches. */
  | {
      readonly step: 'rules'
      readonly facts: Facts
      readonly rule: Rule
      readonly matched: Answer
      readonly lacking: Found
      readonly tried: readonly Tried[]
    }
  | { readonly step: 'attachments'; readonly asked: Attachments | undefined; readonly found: Found }
  | { readonly step: 'spam'; readonly asked: Spam | undefined; readonly found: Found }
  | {
      readonly step: 'at_worst'
      readonly caps: readonly (Leaf<Cap> | undefined)[]
      readonly before: Choice
      readonly after: Choice
    }
  /** `proven`: of the sender; undefined: nobody asked, or it is pending. `after` undefined: that is pending. */
  | {
      readonly step: 'bounce_guard'
      readonly guard: Guard
      readonly proven: Truth
      readonly before: Choice
      readonly after: Choice | undefined
    }
  /** What an `enforce` asked. */
  | { readonly step: 'enforce'; readonly place: Place; readonly note: Note }
  /** What an `enforce` came to, and whether that is severer than the outcome so far. */
  | { readonly step: 'enforced'; readonly place: Place; readonly outcome: Choice; readonly counts: boolean }
  /** `place`: of the `enforce` that asks; undefined: the policy as such. Nothing is found, too, if its action would change nothing. */
  | {
      readonly step: 'virus'
      readonly place: Place | undefined
      readonly asked: Virus | undefined
      readonly found: Found
    }

/** What tells of what is asked before the senders, about the recipient alone. */
export function withinRecipient(tell: Tell | undefined): Tell | undefined {
  return tell && (note => tell({ step: 'recipient', note }))
}

/** What tells of what the `enforce` at this place asks. */
export function withinEnforce(tell: Tell | undefined, place: Place): Tell | undefined {
  return tell && (note => tell({ step: 'enforce', place, note }))
}
