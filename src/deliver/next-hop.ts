/** The server to which survivors go, as the gate sees it. */
import type { Clock } from '../clock.ts'
import type { Sender } from '../transaction.ts'
import type { Capabilities } from './capabilities.ts'
import { Connection } from './connection.ts'
import { Downstream } from './downstream.ts'
import { Pool, type PoolOptions, type PoolStats } from './pool.ts'

export type NextHopOptions = PoolOptions

const probeTime = 5_000

export class NextHop {
  readonly #pool: Pool
  readonly #clock: Clock

  constructor(options: NextHopOptions) {
    this.#pool = new Pool(options)
    this.#clock = options.clock
  }

  /** As last learnt at LHLO; undefined while unknown. */
  get capabilities(): Capabilities | undefined {
    return this.#pool.capabilities
  }

  /** Connects once, to learn what the next hop offers; resolves after 5 s at the latest: whether there is a connection by then. */
  probe(): Promise<boolean> {
    return new Promise(resolve => {
      const cancel = this.#clock.after(probeTime, () => resolve(false))
      void Promise.resolve(this.#pool.acquire()).then(result => {
        cancel()
        if (result instanceof Connection) this.#pool.release(result)
        resolve(result instanceof Connection)
      })
    })
  }

  /** Opens nothing yet. `patient` as for `Pool.acquire`. */
  begin(sender: Sender, patient = true): Downstream {
    return new Downstream(this.#pool, sender, this.#clock, patient)
  }

  stats(): PoolStats {
    return this.#pool.stats()
  }

  /** Idle connections at once, busy ones when they finish; resolves when all are closed. */
  close(): Promise<void> {
    return this.#pool.close()
  }
}
