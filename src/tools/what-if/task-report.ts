/** What is found in a task, while it goes on. */
import type { Changed } from './compare.ts'
import type { Standing } from './standing.ts'
import { Counter, type Case, type Tally } from './tally.ts'

/** A recipient's policies. */
export type Pair = { readonly before: Standing; readonly after: Standing }

/** `list`: name those who are concerned. */
export class TaskReport {
  readonly #list: boolean
  readonly #counter = new Counter()
  readonly #cases: Case[] = []
  readonly #failures: string[] = []
  #garbled = 0

  constructor(list: boolean) {
    this.#list = list
  }

  get counts(): Counter['counts'] {
    return this.#counter.counts
  }

  recipient(found: Changed | 'unchanged', pair: Pair, whom: Pick<Case, 'recipient' | 'sender' | 'source'>): void {
    this.#counter.recipient(found)
    if ('broken' in pair.before || 'broken' in pair.after) this.counts.broken += 1
    if (this.#list && found !== 'unchanged') this.#cases.push({ ...found, ...whom })
  }

  fail(sentence: string): void {
    this.counts.failed += 1
    this.#failures.push(sentence)
  }

  /** A line is no decision. */
  garbled(path: string): void {
    this.counts.failed += 1
    this.#garbled += 1
    if (this.#garbled === 1) this.#failures.push(`${path}: a line is no decision, such as the last one after a crash`)
  }

  add({ counts, groups, cases, failures }: Tally): void {
    this.#counter.add({ counts, groups })
    for (const one of cases) this.#cases.push(one)
    for (const one of failures) this.#failures.push(one)
  }

  tally(): Tally {
    return {
      counts: this.#counter.counts,
      groups: this.#counter.groups(),
      cases: this.#cases,
      failures: this.#failures,
    }
  }
}
