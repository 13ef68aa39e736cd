/** The connections to the next hop: few, since each costs Dovecot a process; kept, since opening one costs three round trips. */
import type { Capabilities } from './capabilities.ts'
import { Connection, type Closed } from './connection.ts'
import { Dialer, type DialerOptions } from './dialer.ts'
import type { Outcome } from './outcome.ts'
import { resetConnection } from './reset.ts'

export type PoolOptions = DialerOptions & {
  /** Sockets at most, idle ones and those being opened included. */
  readonly connections: number
}

/** `open`: sockets, idle ones and those being opened included; `waiting`: transactions without a connection; `opened`: connections since the start. */
export type PoolStats = {
  readonly open: number
  readonly idle: number
  readonly waiting: number
  readonly opened: number
}

export function addStats(a: PoolStats, b: PoolStats): PoolStats {
  return {
    open: a.open + b.open,
    idle: a.idle + b.idle,
    waiting: a.waiting + b.waiting,
    opened: a.opened + b.opened,
  }
}

type Waiter = {
  readonly settle: (result: Connection | Outcome) => void
  /** Why, when there is no patience left. */
  readonly cause: string
  patient: boolean
}

const waitTime = 10_000
const idleTime = 60_000
const maxAge = 300_000
const maxTransactions = 1000

export class Pool {
  #opening = 0
  #everOpened = 0
  #closing = false
  #onEmpty: () => void = () => undefined
  readonly #all = new Set<Connection>()
  readonly #idle: Connection[] = [] // the last one used is the first to be used again, so that the surplus grows old
  readonly #waiting: Waiter[] = []
  readonly #dialer: Dialer
  readonly #options: PoolOptions

  constructor(options: PoolOptions) {
    this.#options = options
    this.#dialer = new Dialer(options, (connection, closed) => this.#gone(connection, closed))
  }

  /** As last learnt. */
  get capabilities(): Capabilities | undefined {
    return this.#dialer.capabilities
  }

  stats(): PoolStats {
    const open = this.#all.size + this.#opening
    return { open, idle: this.#idle.length, waiting: this.#waiting.length, opened: this.#everOpened }
  }

  /**
   * An idle connection at once, or a promise of one, first come first served; it never rejects. `busy` after 10 s without any; who is not `patient`
   * waits for a connection to be opened, but for none to become free.
   */
  acquire(patient = true): Connection | Promise<Connection | Outcome> {
    if (this.#closing) return Promise.resolve({ kind: 'busy', cause: 'stopping' })
    const idle = this.#takeIdle()
    if (idle !== undefined) return idle
    return new Promise(resolve => {
      const cancel = this.#options.clock.after(waitTime, () => this.#outOfPatience(waiter))
      const waiter: Waiter = {
        patient,
        cause: patient ? `no connection free for ${waitTime / 1000} s` : 'no connection free',
        settle: result => {
          cancel()
          resolve(result)
        },
      }
      this.#waiting.push(waiter)
      this.#open()
      if (!patient) this.#dismissImpatient()
    })
  }

  /** Takes a connection back that nobody uses any more, with no reply still to come. */
  release(connection: Connection): void {
    connection.detach()
    if (!connection.isOpen) return
    if (!connection.isClean) return connection.close('out of step', 'out of step: octets behind the last reply')
    if (this.#closing || this.#isWorn(connection)) return connection.quit()
    if (!connection.needsReset || this.#waiting.length > 0) return this.#give(connection)
    // At once, and not only before the next MAIL: Dovecot counts the recipients that a transaction holds.
    void resetConnection(connection, this.#options.clock).then(() => {
      if (connection.isOpen) this.release(connection)
    })
  }

  /** One idle connection was dead, so the others are suspect. */
  dropIdle(): void {
    for (const connection of this.#idle.splice(0)) connection.quit()
  }

  /** Idle connections at once, the others when they come back. Whoever waits is told `busy`. */
  async close(): Promise<void> {
    this.#closing = true
    this.dropIdle()
    for (const waiter of this.#waiting.splice(0)) waiter.settle({ kind: 'busy', cause: 'stopping' })
    if (this.#all.size + this.#opening > 0) await new Promise<void>(resolve => (this.#onEmpty = resolve))
  }

  #takeIdle(): Connection | undefined {
    for (let last = this.#idle.pop(); last !== undefined; last = this.#idle.pop()) {
      last.unwatch()
      if (last.isClean && !this.#isWorn(last)) return last
      last.quit()
    }
    return undefined
  }

  #isWorn(connection: Connection): boolean {
    return connection.transactions >= maxTransactions || this.#options.clock.now() - connection.openedAt >= maxAge
  }

  /** To whoever waits longest, else to the idle ones. */
  #give(connection: Connection): void {
    const waiter = this.#waiting.shift()
    if (waiter !== undefined) return waiter.settle(connection)
    this.#idle.push(connection)
    connection.watch(this.#options.clock.now() + idleTime, () => {
      this.#forget(connection)
      connection.quit()
    })
  }

  /** Opens as many as there are waiters without one on its way, within the limit. */
  #open(): void {
    while (
      !this.#closing &&
      this.#waiting.length > this.#opening &&
      this.#all.size + this.#opening < this.#options.connections
    ) {
      this.#opening += 1
      void this.#dialer.dial().then(result => this.#opened(result))
    }
  }

  #opened(result: Connection | Outcome): void {
    this.#opening -= 1
    if (result instanceof Connection) {
      this.#all.add(result)
      this.#everOpened += 1
      this.release(result)
    } else this.#waiting.shift()?.settle(result)
    this.#dismissImpatient()
    this.#open()
    this.#checkEmpty()
  }

  /** Who has a connection on its way waits for that, however long its greeting takes. */
  #outOfPatience(waiter: Waiter): void {
    waiter.patient = false
    this.#dismissImpatient()
  }

  #dismissImpatient(): void {
    for (let i = this.#waiting.length - 1; i >= this.#opening; i -= 1) {
      if (this.#waiting[i]?.patient !== false) continue
      const [waiter] = this.#waiting.splice(i, 1)
      waiter?.settle({ kind: 'busy', cause: waiter.cause })
    }
  }

  #gone(connection: Connection, { how, cause }: Closed): void {
    this.#all.delete(connection)
    const wasIdle = this.#forget(connection)
    const { endpoint } = connection
    // An idle connection that the next hop closes is nothing to tell.
    if (how === 'out of step' || how === 'silent' || (how === 'lost' && !wasIdle))
      this.#options.onEvent({ kind: how, endpoint, cause })
    this.#open()
    this.#checkEmpty()
  }

  #forget(connection: Connection): boolean {
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
    return at >= 0
  }

  #checkEmpty(): void {
    if (this.#closing && this.#all.size + this.#opening === 0) this.#onEmpty()
  }
}
