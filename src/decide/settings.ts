/** What policy files say, each by itself (rules/README.md). */
import type { Endpoint } from '../deliver/endpoint.ts'
import type { AttachmentTable } from './attachment-table.ts'
import type { Facts, Evidence } from './facts.ts'
import type { SenderTable } from './sender-table.ts'
import type { Answer } from './truth.ts'
import type { Action, Place } from './verdict.ts'

/** A value and where it is written. */
export type Leaf<T> = { readonly value: T; readonly place: Place }

/** The keys of a section that were written. */
export type Leaves<T> = { readonly [K in keyof T]?: Leaf<T[K]> }

/** What stands behind `text:`. `enhanced` was written in front of it; its class is that of the action it goes with. */
export type ReplyText = { readonly enhanced: string | undefined; readonly text: string }

/** What `at_worst` may name: nothing severer happens. */
export type Cap = Exclude<Action, 'discard' | 'defer'>

/** What becomes of a reject that would turn into a bounce to a sender who may be forged. */
export type Guard = 'quarantine' | 'discard' | 'off'

/** What becomes of mail that could not be scanned now: deferred until it is `wait` (ms) old, `then` the action. */
export type Outage = { readonly wait: number; readonly then: Action }

/** `closed`: an `off` was met, nothing that farther files say counts any more. `max` in octets. */
export type SizeSection = {
  readonly max: Leaf<number> | undefined
  readonly text: Leaf<ReplyText> | undefined
  readonly closed: boolean
}

/** One table for each file that names senders, nearest first. */
export type SendersSection = {
  readonly levels: readonly SenderTable[]
  readonly action: Leaf<Action> | undefined
  readonly text: Leaf<ReplyText> | undefined
  readonly closed: boolean
}

/** One table for each file that names attachments, nearest first. */
export type AttachmentsSection = {
  readonly levels: readonly AttachmentTable[]
  readonly leaves: Leaves<{ action: Action; text: ReplyText; encrypted: Action; ambiguous: Action; unreadable: Action }>
  readonly closed: boolean
}

/** From which score on which action is taken; `Infinity`: never. */
export type Thresholds = { junk: number; quarantine: number; reject: number; discard: number }

export type SpamSection = {
  readonly leaves: Leaves<Thresholds & { text: ReplyText; profile: string; down: Outage; unscannable: Action }>
  readonly closed: boolean
}

/** `ignore`: folded patterns of names. */
export type VirusSection = {
  readonly leaves: Leaves<{ action: Action; text: ReplyText; down: Outage; unscannable: Action }>
  readonly ignore: readonly string[]
  readonly closed: boolean
}

/** `keep` in milliseconds; `mailbox` with `{local}` and `{domain}` in it, for those of the recipient. */
export type QuarantineSection = Leaves<{ notice: boolean; keep: number; mailbox: string }>

/**
 * `values` are what was asked for, folded, to compare conditions with each other; `range` stands for them where they are numbers. `needs`: what
 * it looks at besides the envelope; `fields`: of header fields, those of these lower-case names.
 */
export type Condition = {
  readonly name: string
  readonly values: readonly string[]
  readonly range: Range | undefined
  readonly needs: readonly (keyof Evidence)[]
  readonly fields: readonly string[]
  holds(facts: Facts, delimiters: string): Answer
  /** Why it holds or not, for people, not yet escaped: `detail "lists" is not shop` (`found.ts`). */
  found(facts: Facts, delimiters: string): string
}

/** Both ends belong to it. */
export type Range = { readonly min: number | undefined; readonly max: number | undefined }

/** All conditions of a case must hold; of several cases, any. */
export type Case = readonly Condition[]

/** `when` undefined: always; `unless` undefined: never. `until` is the last day it counts, as `2027-01-31`. */
export type Rule = {
  readonly name: string
  readonly place: Place
  readonly when: readonly Case[] | undefined
  readonly unless: readonly Case[] | undefined
  readonly then: Action | undefined
  readonly text: ReplyText | undefined
  readonly folder: string | undefined
  readonly headers: readonly { readonly name: string; readonly text: string }[]
  readonly until: string | undefined
  /** On trial: what it does is only told. */
  readonly shadow: boolean
}

/** Whatever comes to an action by itself: the file as such, and its `enforce`. */
export type Sections = {
  readonly size: SizeSection
  readonly senders: SendersSection
  /** Nearest file first, top to bottom. */
  readonly rules: readonly Rule[]
  readonly attachments: AttachmentsSection
  readonly spam: SpamSection
  readonly virus: VirusSection
  readonly atWorst: Leaf<Cap> | undefined
}

/** What one file says, or several merged. */
export type Settings = Sections & {
  readonly junkFolder: Leaf<string> | undefined
  readonly shadow: Leaf<boolean> | undefined
  readonly bounceGuard: Leaf<Guard> | undefined
  readonly quarantine: QuarantineSection
  /** Tried in turn; undefined: the one of lmtp-gate.yaml. */
  readonly nextHop: Leaf<readonly Endpoint[]> | undefined
  /** One for each file that has it, farthest first. */
  readonly enforce: readonly (Sections & { readonly place: Place })[]
}

export const noSize: SizeSection = { max: undefined, text: undefined, closed: false }
export const noSenders: SendersSection = { levels: [], action: undefined, text: undefined, closed: false }
export const noAttachments: AttachmentsSection = { levels: [], leaves: {}, closed: false }
export const noSpam: SpamSection = { leaves: {}, closed: false }
export const noVirus: VirusSection = { leaves: {}, ignore: [], closed: false }
export const noQuarantine: QuarantineSection = {}
export const noEnforce: Settings['enforce'] = []
const noSections: Sections = {
  size: noSize,
  senders: noSenders,
  rules: [],
  attachments: noAttachments,
  spam: noSpam,
  virus: noVirus,
  atWorst: undefined,
}
export const saysNothing: Settings = {
  ...noSections,
  junkFolder: undefined,
  shadow: undefined,
  bounceGuard: undefined,
  nextHop: undefined,
  quarantine: noQuarantine,
  enforce: noEnforce,
}

/** Whether a rule looks at nothing but the recipient, so that Postfix can verify the address before it accepts mail for it. */
export function looksAtRecipientAlone({ when, unless }: Rule): boolean {
  return (when === undefined || when.every(areOfRecipient)) && (unless === undefined || unless.every(areOfRecipient))
}

function areOfRecipient(conditions: Case): boolean {
  return conditions.every(({ name }) => name === 'recipient' || name === 'detail')
}
