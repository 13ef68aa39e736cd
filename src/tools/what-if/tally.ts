/** Changes counted, those together for which the same line makes the same difference. Pure. */
import type { Action } from '../../decide/verdict.ts'
import type { Change, Changed } from './compare.ts'

/** Whom a change concerns; `source`: a file, or the queue id of a transaction. Addresses are paths as on the wire. */
export type Case = Changed & {
  readonly recipient: string
  readonly sender: string
  readonly source: string
}

/** `guarded`: how many of the rejects `bounce_guard` turns into something else, by that. */
export type Group = Change & { readonly count: number; readonly guarded: Partial<Readonly<Record<Action, number>>> }

/**
 * `messages`, or decisions; `uncertain`: recipients of whom it hangs on facts that are not there; `broken`: whose files cannot be used, before or after;
 * `unaddressed`: messages that do not say for whom they are; `senderless`: that do not say from whom; `failed`: files, or lines of decisions, that are not understood.
 */
export type Counts = {
  readonly messages: number
  readonly recipients: number
  readonly unchanged: number
  readonly uncertain: number
  readonly milder: number
  readonly refused: number
  readonly broken: number
  readonly unaddressed: number
  readonly senderless: number
  readonly failed: number
}

/** What became of one task. `cases` only where somebody asks for them. */
export type Tally = {
  readonly counts: Counts
  readonly groups: readonly Group[]
  readonly cases: readonly Case[]
  readonly failures: readonly string[]
}

/** Adds up; what it holds grows with the lines that make a difference, and not with the messages. */
export class Counter {
  readonly counts: { -readonly [K in keyof Counts]: number } = {
    messages: 0,
    recipients: 0,
    unchanged: 0,
    uncertain: 0,
    milder: 0,
    refused: 0,
    broken: 0,
    unaddressed: 0,
    senderless: 0,
    failed: 0,
  }
  readonly #groups = new Map<string, Group>()

  /** What was found for one recipient. */
  recipient(found: Changed | 'unchanged'): void {
    this.counts.recipients += 1
    if (found === 'unchanged') {
      this.counts.unchanged += 1
      return
    }
    const { change, guarded } = found
    if (change.from === '?' || change.to === '?') this.counts.uncertain += 1
    if (change.mark !== undefined) this.counts[change.mark] += 1
    this.#add({ ...change, count: 1, guarded: guarded === undefined ? {} : { [guarded]: 1 } })
  }

  add({ counts, groups }: Pick<Tally, 'counts' | 'groups'>): void {
    for (const name of Object.keys(this.counts) as (keyof Counts)[]) this.counts[name] += counts[name]
    for (const group of groups) this.#add(group)
  }

  /** The largest first, and what is uncertain last; in an order that does not hang on who came first. */
  groups(): readonly Group[] {
    const rank = ({ from, to }: Group) => (from === '?' || to === '?' ? 1 : 0)
    return Array.from(this.#groups)
      .sort(([a, one], [b, other]) => rank(one) - rank(other) || other.count - one.count || (a < b ? -1 : 1))
      .map(([, group]) => group)
  }

  #add(group: Group): void {
    const { from, to, mark, place, words } = group
    const key = JSON.stringify([from, to, mark, place, words])
    const known = this.#groups.get(key)
    if (known === undefined) {
      this.#groups.set(key, group)
      return
    }
    const guarded = { ...known.guarded }
    for (const [action, count] of Object.entries(group.guarded) as [Action, number][])
      guarded[action] = (guarded[action] ?? 0) + count
    this.#groups.set(key, { ...known, count: known.count + group.count, guarded })
  }
}
