/** The next hops of a site: the one that the configuration names, and those that policies name, each with connections of its own. */
import type { Capabilities } from './capabilities.ts'
import { endpointText, type Endpoint } from './endpoint.ts'
import { NextHop, type NextHopOptions } from './next-hop.ts'
import { addStats, type PoolStats } from './pool.ts'

/** What all next hops that are known can do. */
export type CommonCapabilities = Pick<Capabilities, 'eightBitMime' | 'smtputf8' | 'dsn'>

export class Routes {
  /** The one that the configuration names. */
  readonly usual: NextHop
  readonly #options: NextHopOptions
  readonly #usualName: string
  readonly #others = new Map<string, NextHop>()

  /** `connections` are for each next hop. */
  constructor(options: NextHopOptions) {
    this.#options = options
    this.usual = new NextHop(options)
    this.#usualName = nameOf(options.endpoints)
  }

  /** `endpoints` undefined: the usual one. The same endpoints in the same order are the same next hop. */
  to(endpoints: readonly Endpoint[] | undefined): NextHop {
    if (endpoints === undefined) return this.usual
    const name = nameOf(endpoints)
    if (name === this.#usualName) return this.usual
    const known = this.#others.get(name)
    if (known !== undefined) return known
    const made = new NextHop({ ...this.#options, endpoints })
    this.#others.set(name, made)
    return made
  }

  /** Who comes may be for any of them, so only what all can do is offered. Undefined while the usual one is unknown. */
  get capabilities(): CommonCapabilities | undefined {
    const { usual } = this
    if (usual.capabilities === undefined || this.#others.size === 0) return usual.capabilities
    const known = this.#all().flatMap(({ capabilities }) => (capabilities === undefined ? [] : [capabilities]))
    return {
      eightBitMime: known.every(({ eightBitMime }) => eightBitMime),
      smtputf8: known.every(({ smtputf8 }) => smtputf8),
      dsn: known.every(({ dsn }) => dsn),
    }
  }

  /** Of all together. */
  stats(): PoolStats {
    return this.#all()
      .map(nextHop => nextHop.stats())
      .reduce(addStats)
  }

  /** As `NextHop.close`. */
  async close(): Promise<void> {
    await Promise.all(this.#all().map(nextHop => nextHop.close()))
  }

  #all(): readonly NextHop[] {
    return [this.usual, ...this.#others.values()]
  }
}

function nameOf(endpoints: readonly Endpoint[]): string {
  return endpoints.map(endpointText).join(' ')
}
