/** What policy files say, and how several of them become one policy (rules/README.md). */
import type { Facts } from './facts.ts'
import type { SenderTable } from './sender-table.ts'
import type { Truth } from './truth.ts'
import type { Action, Place } from './verdict.ts'

/** A value and where it is written. */
export type Leaf<T> = { readonly value: T; readonly place: Place }

/** What stands behind `text:`. `enhanced` was written in front of it; its class is that of the action it goes with. */
export type ReplyText = { readonly enhanced: string | undefined; readonly text: string }

/** What `at_worst` may name: nothing severer happens. */
export type Cap = Exclude<Action, 'discard' | 'defer'>

/** What becomes of a reject that would turn into a bounce to a sender who may be forged. */
export type Guard = 'quarantine' | 'discard' | 'off'

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

/** `values` are what was asked for, folded, to compare conditions with each other; `range` stands for them where they are numbers. */
export type Condition = {
  readonly name: string
  readonly values: readonly string[]
  readonly range: Range | undefined
  holds(facts: Facts, delimiters: string): Truth
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
}

/** Whatever comes to an action by itself: the policy as such, and each file's `enforce`. */
export type Asked = {
  readonly size: SizeSection
  readonly senders: SendersSection
  /** Nearest file first, top to bottom. */
  readonly rules: readonly Rule[]
  readonly atWorst: Leaf<Cap> | undefined
}

/** What one file says, or several merged. */
export type Settings = Asked & {
  readonly junkFolder: Leaf<string> | undefined
  readonly bounceGuard: Leaf<Guard> | undefined
  /** One for each file that has it, farthest first. */
  readonly enforce: readonly Asked[]
}

/** What counts for one recipient. `delimiters` part a detail from its address; `writes`: lower-case names of the header fields it may write. */
export type Policy = Settings & { readonly delimiters: string; readonly writes: readonly string[] }

export const noSize: SizeSection = { max: undefined, text: undefined, closed: false }
export const noSenders: SendersSection = { levels: [], action: undefined, text: undefined, closed: false }
export const askedNothing: Asked = { size: noSize, senders: noSenders, rules: [], atWorst: undefined }
export const saysNothing: Settings = { ...askedNothing, junkFolder: undefined, bounceGuard: undefined, enforce: [] }

/** Leaf by leaf the nearer wins; lists and rules add up; an `off` ends its section. Associative; `saysNothing` is neutral. */
export function merge(nearer: Settings, farther: Settings): Settings {
  return {
    size: nearer.size.closed ? nearer.size : mergeSize(nearer.size, farther.size),
    senders: nearer.senders.closed ? nearer.senders : mergeSenders(nearer.senders, farther.senders),
    rules: [...nearer.rules, ...farther.rules],
    atWorst: nearer.atWorst ?? farther.atWorst,
    junkFolder: nearer.junkFolder ?? farther.junkFolder,
    bounceGuard: nearer.bounceGuard ?? farther.bounceGuard,
    enforce: [...farther.enforce, ...nearer.enforce],
  }
}

/** The policy that merged settings make. */
export function policyOf(settings: Settings, delimiters: string): Policy {
  const names = settings.rules.flatMap(rule => rule.headers.map(header => header.name.toLowerCase()))
  if ([settings, ...settings.enforce].some(canJunk)) names.push('x-spam-flag')
  return { ...settings, delimiters, writes: [...new Set(names)].sort() }
}

function canJunk({ senders, rules, atWorst }: Asked): boolean {
  if (atWorst?.value === 'junk' || rules.some(rule => rule.then === 'junk')) return true
  return (senders.action?.value ?? 'junk') === 'junk' && senders.levels.some(level => level.blocks)
}

function mergeSize(nearer: SizeSection, farther: SizeSection): SizeSection {
  return { max: nearer.max ?? farther.max, text: nearer.text ?? farther.text, closed: farther.closed }
}

function mergeSenders(nearer: SendersSection, farther: SendersSection): SendersSection {
  return {
    levels: [...nearer.levels, ...farther.levels],
    action: nearer.action ?? farther.action,
    text: nearer.text ?? farther.text,
    closed: farther.closed,
  }
}

/** Whether a rule looks at nothing but the recipient, so that Postfix can verify the address before it accepts mail for it. */
export function looksAtRecipientAlone(rule: Rule): boolean {
  return [...(rule.when ?? []), ...(rule.unless ?? [])]
    .flat()
    .every(({ name }) => name === 'recipient' || name === 'detail')
}
