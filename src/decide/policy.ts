/** What counts for one recipient; `policy-of.ts` works it out. */
import type { Endpoint } from '../deliver/endpoint.ts'
import type { AttachmentTable } from './attachment-table.ts'
import type { Cap, Guard, Leaf, Outage, ReplyText, Rule, SendersSection, Settings, SizeSection } from './settings.ts'
import type { Action, Keeping, Place } from './verdict.ts'
import type { Wants } from './wants.ts'

/** Whether something gives the site a score, looks for viruses, and proves senders: sections that need what is missing are not asked. */
export type Abilities = { readonly spam: boolean; readonly virus: boolean; readonly proof: boolean }

/** `unreadable`: what could not be learned, of a part or of all. */
export type Attachments = {
  readonly levels: readonly AttachmentTable[]
  readonly action: Leaf<Action>
  readonly text: ReplyText | undefined
  readonly encrypted: Leaf<Action>
  readonly ambiguous: Leaf<Action>
  readonly unreadable: Leaf<Action>
}

/** How a section deals with what is not known. */
export type Unscanned = { readonly down: Leaf<Outage>; readonly unscannable: Leaf<Action> }

/** `thresholds`: severest action first. */
export type Spam = Unscanned & {
  readonly thresholds: readonly { readonly action: Action; readonly score: Leaf<number> }[]
  readonly text: ReplyText | undefined
}

/** `ignore`: folded patterns of names that are no viruses here. */
export type Virus = Unscanned & {
  readonly action: Leaf<Action>
  readonly text: ReplyText | undefined
  readonly ignore: readonly string[]
}

/** What becomes of a message about which a rule needs to know what a scanner could not learn; undefined: that scanner is not asked for it. */
export type Unlearnable = {
  readonly spam: Unscanned | undefined
  readonly virus: Unscanned | undefined
  readonly attachments: Leaf<Action> | undefined
}

/** Whatever comes to an action by itself: the policy as such, and each file's `enforce`. What is undefined is not asked. */
export type Asked = {
  readonly size: SizeSection
  readonly senders: SendersSection
  readonly rules: readonly Rule[]
  /** Some rule looks at what a scanner finds, or at proof. */
  readonly rulesNeedScans: boolean
  /** Of the rules, those up to the last one by which the recipient may be refused for his own sake. */
  readonly refusing: readonly Rule[]
  readonly unlearnable: Unlearnable
  readonly attachments: Attachments | undefined
  readonly spam: Spam | undefined
  readonly virus: Virus | undefined
  readonly atWorst: Leaf<Cap> | undefined
}

export type Policy = Asked & {
  readonly junkFolder: string
  readonly bounceGuard: Guard
  /** Tried in turn; undefined: the one that everybody has. */
  readonly nextHop: Leaf<readonly Endpoint[]> | undefined
  readonly keeping: Keeping
  /** Name under which the spam scanner is asked; '': none. */
  readonly profile: string
  /** Whether the site has a source of proof: without one everybody is taken for whom he says he is, and nobody for proven. */
  readonly proof: boolean
  /** Farthest first. */
  readonly enforce: readonly (Asked & { readonly place: Place })[]
  /** They part a detail from its address. */
  readonly delimiters: string
  /** Lower-case names of the header fields that may be written for this recipient, the gate's own among them. */
  readonly writes: readonly string[]
  readonly wants: Wants
  /** The same with all that is on trial in force, if something is. */
  readonly trial: Policy | undefined
}

/** Settings and what they came to. */
export type Made = { readonly settings: Settings; readonly policy: Policy }
