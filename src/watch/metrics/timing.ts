/** How often something took how long, in plain numbers: while mail flows no label is looked up and nothing is allocated. */
import type { Family, Sample } from './family.ts'

/** Upper bounds in milliseconds: from what the gate itself takes to what Postfix waits. */
const bounds: readonly number[] = [
  0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000,
]

export class Timing {
  readonly #counts = new Float64Array(bounds.length + 1)
  #sum = 0

  add(ms: number): void {
    let bucket = 0
    while ((bounds[bucket] ?? Infinity) < ms) bucket += 1
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#sum += ms
  }

  /** In seconds, each bucket with what is in those below it, as Prometheus has them. */
  samples(name: string, labels: Sample['labels']): readonly Sample[] {
    let count = 0
    const buckets = Array.from(this.#counts, (more, i) => {
      count += more
      const bound = bounds[i]
      const le = bound === undefined ? '+Inf' : String(bound / 1000)
      return { labels: { ...labels, le }, value: count, metricName: `${name}_bucket` }
    })
    return [
      ...buckets,
      { labels, value: this.#sum / 1000, metricName: `${name}_sum` },
      { labels, value: count, metricName: `${name}_count` },
    ]
  }
}

/** One histogram, with the timings of each value of one label. */
export function histogram(
  name: string,
  help: string,
  label: string,
  timings: Iterable<readonly [value: string, timing: Timing]>,
): Family {
  const values = [...timings].flatMap(([value, timing]) => timing.samples(name, { [label]: value }))
  return { name, help, type: 'histogram', aggregator: 'sum', values }
}
