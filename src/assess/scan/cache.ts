/** Remembers for some minutes what was found out, so that what comes twice is looked at once; also while it is still being looked at. */
import { LRUCache } from 'lru-cache'
import type { Clock } from '../../clock.ts'
import { down, type Scanned } from './scanner.ts'

/** At most `entries`, each for `age` ms. */
export type CacheOptions = { readonly clock: Clock; readonly entries: number; readonly age: number }

/** Undefined: nothing that others could use; each begins anew. */
type Flight<T> = Promise<Scanned<T> | undefined>

/** How often evidence was there, or was being looked for already, or had to be looked for. */
export type CacheStats = {
  readonly entries: number
  readonly hits: number
  readonly shared: number
  readonly misses: number
}

export class EvidenceCache<T extends object> {
  #hits = 0
  #shared = 0
  #misses = 0
  readonly #known: LRUCache<string, T>
  readonly #flights = new Map<string, Flight<T>>()

  constructor({ clock, entries, age }: CacheOptions) {
    // An entry that began at 0 would never grow old.
    this.#known = new LRUCache({ max: entries, ttl: age, ttlResolution: 0, perf: { now: () => clock.now() + 1 } })
  }

  stats(): CacheStats {
    return { entries: this.#known.size, hits: this.#hits, shared: this.#shared, misses: this.#misses }
  }

  /**
   * What is known under `key`, or what `scan` finds out; only what is known is kept. Of several who ask at a time one scans and the others get
   * its answer; if it loses interest, with its message, the next one scans its own.
   */
  async get(key: string, signal: AbortSignal, scan: () => Promise<Scanned<T>>): Promise<Scanned<T>> {
    for (;;) {
      const value = this.#known.get(key)
      if (value !== undefined) {
        this.#hits += 1
        return { state: 'known', value }
      }
      const flight = this.#flights.get(key)
      if (flight === undefined) return this.#lead(key, signal, scan)
      const scanned = await orAborted(flight, signal)
      if (scanned !== undefined) {
        this.#shared += 1
        return scanned
      }
    }
  }

  #lead(key: string, signal: AbortSignal, scan: () => Promise<Scanned<T>>): Promise<Scanned<T>> {
    this.#misses += 1
    const flight = this.#fly(key, scan)
    const forOthers = flight.then(
      scanned => (signal.aborted ? undefined : scanned),
      () => undefined,
    )
    this.#flights.set(key, forOthers)
    return flight
  }

  async #fly(key: string, scan: () => Promise<Scanned<T>>): Promise<Scanned<T>> {
    try {
      const scanned = await scan()
      if (scanned.state === 'known') this.#known.set(key, scanned.value)
      return scanned
    } finally {
      this.#flights.delete(key)
    }
  }
}

const cancelled = down('cancelled')

function orAborted<T>(flight: Flight<T>, signal: AbortSignal): Flight<T> {
  if (signal.aborted) return Promise.resolve(cancelled)
  return new Promise(resolve => {
    const onAbort = (): void => resolve(cancelled)
    signal.addEventListener('abort', onAbort)
    void flight.then(scanned => {
      signal.removeEventListener('abort', onAbort)
      resolve(scanned)
    })
  })
}
