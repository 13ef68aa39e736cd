/** The metrics of workers that come and go: what one has counted stays counted when it is gone, or every rate would jump. */
import type { Family, Sample } from '../watch/metrics/family.ts'

export class Sums<Worker> {
  readonly #last = new Map<Worker, readonly Family[]>()
  #departed: readonly Family[] = []

  /** What a worker says now, which includes all it said before. */
  heard(worker: Worker, families: readonly Family[]): void {
    this.#last.set(worker, families)
  }

  /** Its last words stay, but for what is only true of the living. */
  gone(worker: Worker): void {
    const families = this.#last.get(worker) ?? []
    this.#last.delete(worker)
    this.#departed = added(
      this.#departed,
      families.filter(({ type }) => type !== 'gauge'),
    )
  }

  /** One list for each living worker, and one for all that are gone. */
  all(): readonly (readonly Family[])[] {
    return [...this.#last.values(), this.#departed]
  }
}

/** Samples of the same name and labels become one. */
function added(some: readonly Family[], more: readonly Family[]): readonly Family[] {
  const names = new Set([...some, ...more].map(({ name }) => name))
  return [...names].flatMap(name => {
    const families = [...some, ...more].filter(family => family.name === name)
    return families.slice(0, 1).map(family => ({ ...family, values: sum(families.flatMap(({ values }) => values)) }))
  })
}

function sum(samples: readonly Sample[]): readonly Sample[] {
  const sums = new Map<string, Sample>()
  for (const sample of samples) {
    const key = JSON.stringify([sample.metricName, sample.labels])
    sums.set(key, { ...sample, value: sample.value + (sums.get(key)?.value ?? 0) })
  }
  return [...sums.values()]
}
