/** Which entries a command is about: by recipient, sender, reason and age. Pure. */
import { addressOf } from '../../address.ts'
import { addressPattern, fits } from '../../decide/pattern.ts'
import type { AddressPattern } from '../../decide/pattern.ts'
import { reasonText } from '../../deliver/quarantine/entry.ts'
import type { Entry } from '../../deliver/quarantine/entry.ts'
import type { Found } from '../../deliver/quarantine/names.ts'
import { parseTime } from '../../units.ts'

/** As on the command line. */
export type FilterOptions = {
  readonly to?: string
  readonly from?: string
  readonly reason?: string
  readonly since?: string
  readonly olderThan?: string
}

/** `reason` in lower case, to be found anywhere; `since` (inclusive) and `before` in ms since the epoch. What is undefined fits everything. */
export type Filter = {
  readonly to: AddressPattern | undefined
  readonly from: AddressPattern | undefined
  readonly reason: string | undefined
  readonly since: number | undefined
  readonly before: number | undefined
}

/** The filter, or what is wrong in a sentence. */
export function filterOf(options: FilterOptions, now: number): Filter | string {
  const to = optional(options.to, text => address('--to', text))
  const from = optional(options.from, text => address('--from', text))
  const since = optional(options.since, text => moment('--since', text, now))
  const before = optional(options.olderThan, text => moment('--older-than', text, now))
  if (typeof to === 'string') return to
  if (typeof from === 'string') return from
  if (typeof since === 'string') return since
  if (typeof before === 'string') return before
  return { to, from, reason: options.reason?.toLowerCase(), since, before }
}

/** By its name alone, so that what is out of the question need not be read. */
export function mayFit({ since = -Infinity, before = Infinity }: Filter, { date }: Found): boolean {
  return date >= since && date < before
}

export function fitsEntry({ to, from, reason }: Filter, { recipient, sender, ...entry }: Entry): boolean {
  return (
    (to === undefined || fits(to, addressOf(recipient.path))) &&
    (from === undefined || fits(from, sender.path === '' ? undefined : addressOf(sender.path))) &&
    (reason === undefined || reasonText(entry.reason).toLowerCase().includes(reason))
  )
}

function optional<T>(text: string | undefined, read: (text: string) => T): T | undefined {
  return text === undefined ? undefined : read(text)
}

function address(option: string, text: string): AddressPattern | string {
  const pattern = addressPattern(text)
  return 'wrong' in pattern ? `${option}: ${pattern.wrong}: ${pattern.mend}` : pattern
}

/** `7d`: so long ago; `2026-11-22`: when that day began here. */
function moment(option: string, text: string, now: number): number | string {
  const ago = parseTime(text)
  if (ago !== undefined) return now - ago
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? []
  const begun = new Date(Number(year), Number(month) - 1, Number(day))
  if (begun.getDate() === Number(day) && begun.getMonth() === Number(month) - 1) return begun.getTime()
  return `${option}: this is no time: write how long ago, such as 12h, 7d or 2w, or a day, such as 2026-11-22`
}
