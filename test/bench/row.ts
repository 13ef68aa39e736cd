/** One line of the results: what was measured of the gate, beside what, and what the bar is. */
import { median } from './statistics.ts'

export type Quantity = 'messages/s' | 'µs a message' | 'ms' | 's' | 'MB' | 'scans' | 'left over' | 'ns' | 'MB/s'

/**
 * `ours` and the other's `samples` were taken in turns, and what was taken in one round is compared with each other. `as`: the gate's figure
 * divided by the other's, less the other's, or by itself.
 */
export type Row = {
  readonly work: string
  readonly quantity: Quantity
  readonly ours: readonly number[]
  readonly beside: { readonly name: string; readonly samples: readonly number[] } | undefined
  readonly as: 'ratio' | 'difference' | 'itself'
  readonly bar: Bar | undefined
}

export type Bar = { readonly kind: 'at least' | 'at most'; readonly value: number }

export function atLeast(value: number): Bar {
  return { kind: 'at least', value }
}

export function atMost(value: number): Bar {
  return { kind: 'at most', value }
}

/** The median of all rounds. */
export function reached({ ours, beside, as }: Row): number {
  const others = beside?.samples ?? []
  switch (as) {
    case 'ratio':
      return median(ours.map((value, round) => value / (others[round] ?? NaN)))
    case 'difference':
      return median(ours.map((value, round) => value - (others[round] ?? NaN)))
    case 'itself':
      return median(ours)
  }
}

/** Undefined if nothing was promised. */
export function isMet(row: Row): boolean | undefined {
  if (row.bar === undefined) return undefined
  return row.bar.kind === 'at least' ? reached(row) >= row.bar.value : reached(row) <= row.bar.value
}
