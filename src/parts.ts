/** The parts of a running gate: made from the configuration, started in an order in which each finds what it needs, and drained. */
import type { Socket } from 'node:net'
import { join } from 'node:path'
import type { ListenEndpoint } from './accept/listen.ts'
import { Front } from './accept/server.ts'
import type { FrontOptions } from './accept/server.ts'
import { Spool } from './accept/spool.ts'
import { abilitiesOf, openSources } from './assess/sources.ts'
import type { OpenSources } from './assess/sources.ts'
import type { Receiver } from './accept/receiver.ts'
import type { Clock } from './clock.ts'
import type { Config } from './config/config.ts'
import { ownFields } from './decide/policy-of.ts'
import type { LiveRules } from './decide/reload/live-rules.ts'
import type { Endpoint } from './deliver/endpoint.ts'
import type { NextHop } from './deliver/next-hop.ts'
import type { Quarantine } from './deliver/quarantine.ts'
import { Routes } from './deliver/routes.ts'
import { everyHour } from './deliver/quarantine/hourly.ts'
import { UnsentNotices } from './deliver/quarantine/unsent-notices.ts'
import { makeSpool, usableDecisions, usableQuarantine } from './folders.ts'
import { Gate } from './gate.ts'
import { Store } from './tools/store/store.ts'
import type { StoreOptions } from './tools/store/store.ts'
import type { DecisionLog } from './watch/decisions/decision-log.ts'
import type { Log } from './watch/log.ts'
import type { Family } from './watch/metrics/family.ts'
import type { Metrics, PartStats } from './watch/metrics/metrics.ts'
import { logNextHop } from './watch/next-hop-events.ts'
import { logExpired, logScanner } from './watch/side-events.ts'
import { everything, shareOf } from './workers/share.ts'
import type { Share } from './workers/share.ts'

/** What comes from outside the configuration. */
export type Surroundings = {
  readonly rules: LiveRules
  readonly log: Log
  /** Counts what happens beside the log. */
  readonly metrics: Metrics
  readonly clock: Clock
  /** This process' part of the limits; all of them if it is missing. */
  readonly share?: Share
  /** It does not listen itself: connections come by `adopt`. */
  readonly isWorker?: boolean
  /** Whom the embedded store takes mail for, if it is the next hop; everybody if it is missing. */
  readonly knows?: StoreOptions['knows']
}

export type Running = {
  /** As opened, in the order of the configuration. */
  readonly endpoints: readonly Endpoint[]
  /** A connection that another process took at the endpoint with this place in the configuration. */
  adopt(socket: Socket, endpoint: number): void
  /** No new sessions; resolves when all transactions are settled and all connections closed. Any number of times. */
  drain(): Promise<void>
  metrics(): readonly Family[]
  /** Why mail should not be sent here now; undefined: it should. Looks for the next hop if that is not known to be up. */
  hindrance(): Promise<string | undefined>
}

/** A session is hung up on when its client owes us something for so long (ms), RFC 5321 §4.5.3.2.7. */
const idle = 300_000

/** Rejects, with everything closed again, if a folder cannot be used or an endpoint not be listened at. */
export async function startGate(config: Config, surroundings: Surroundings): Promise<Running> {
  const parts = new Parts(config, surroundings)
  try {
    return await parts.start()
  } catch (error) {
    await parts.drain()
    throw error
  }
}

class Parts {
  readonly #share: Share
  readonly #config: Config
  readonly #with: Surroundings
  readonly #fronts: Front[] = []
  #store: Front | undefined
  #routes: Routes | undefined
  #sources: OpenSources | undefined
  #decisions: DecisionLog | undefined
  readonly #unsentNotices = new UnsentNotices()
  #stopExpiry: () => void = () => undefined
  #listens = false
  #drained: Promise<void> | undefined
  #probe: Promise<boolean> | undefined

  constructor(config: Config, surroundings: Surroundings) {
    this.#share = surroundings.share ?? everything
    this.#config = shareOf(config, this.#share)
    this.#with = surroundings
  }

  async start(): Promise<Running> {
    const config = this.#config
    const { rules, log, clock } = this.#with
    await makeSpool(config.spool)
    const endpoints = await this.#nextHops()
    const routes = new Routes({
      endpoints,
      connections: config.nextHopConnections,
      name: config.name,
      clock,
      onEvent: event => {
        this.#with.metrics.nextHops.add(event)
        logNextHop(log, event)
      },
    })
    this.#routes = routes
    // What we offer our clients is what the next hop can do, so it is asked before anybody can ask us.
    await routes.usual.probe()
    const { scanners, trustAuthserv } = config
    const sources = await openSources({
      scanners,
      trustAuthserv,
      clock,
      share: this.#share,
      onEvent: event => logScanner(log, event),
      onScan: scan => this.#with.metrics.scans.add(scan),
    })
    this.#sources = sources
    const quarantine = await usableQuarantine(config.quarantine, clock)
    this.#decisions = await usableDecisions(config, clock, log)
    const gate = new Gate({
      name: config.name,
      rules,
      sources,
      ownFields: ownFields(abilitiesOf(scanners, trustAuthserv)),
      recipientDelimiter: config.recipientDelimiter,
      routes,
      quarantine,
      unsentNotices: this.#unsentNotices,
      log,
      decisions: this.#decisions,
      clock,
      messageLimit: config.limits.message,
      deadline: config.limits.deadline,
    })
    const options = this.#frontOptions(gate, config.spool.folder)
    const { spool } = options
    const opened: Endpoint[] = []
    for (const endpoint of config.listen) opened.push(await this.#open(options, endpoint))
    this.#listens = true
    if (this.#share.slot === 0) this.#expireHourly(quarantine)
    return {
      endpoints: opened,
      adopt: (socket, endpoint) => this.#adopt(socket, endpoint),
      drain: () => this.drain(),
      metrics: () => this.#families({ spool: spool.stats(), pool: routes.stats(), sources: sources.stats() }),
      hindrance: () => this.#hindrance(routes.usual, endpoints),
    }
  }

  drain(): Promise<void> {
    this.#drained ??= this.#drain()
    return this.#drained
  }

  async #drain(): Promise<void> {
    await Promise.all(this.#fronts.map(front => front.drain()))
    this.#stopExpiry()
    await this.#unsentNotices.drain()
    await this.#routes?.close()
    await this.#sources?.close()
    await this.#store?.drain()
    await this.#decisions?.close()
  }

  /** One of several processes does it for all. */
  #expireHourly(quarantine: Quarantine): void {
    this.#stopExpiry = everyHour(
      this.#with.clock,
      now => quarantine.expire(this.#config.quarantine.size, now),
      expired => logExpired(this.#with.log, expired),
    )
  }

  #adopt(socket: Socket, at: number): void {
    const [front, endpoint] = [this.#fronts[at], this.#config.listen[at]]
    if (front === undefined || endpoint === undefined) socket.destroy()
    else front.adopt(socket, endpoint)
  }

  #families(stats: Pick<PartStats, 'spool' | 'pool' | 'sources'>): readonly Family[] {
    const { limits, spool, nextHopConnections } = this.#config
    const { rules, metrics } = this.#with
    return metrics.families({
      ...stats,
      rules: rules.state,
      policies: rules.policies,
      fronts: this.#fronts.map(front => front.stats()),
      limits: { sessions: limits.sessions, spool: spool.total, connections: nextHopConnections },
    })
  }

  async #hindrance(nextHop: NextHop, endpoints: readonly Endpoint[]): Promise<string | undefined> {
    if (this.#drained !== undefined) return 'stopping'
    // Where no connection is open, nobody would have noticed that it has gone since.
    const isKnown = this.#with.metrics.nextHops.isUp(endpoints) && nextHop.stats().open > 0
    return isKnown || (await this.#reaches(nextHop)) ? undefined : 'the next hop cannot be reached'
  }

  /** However many ask, it is tried once at a time. */
  #reaches(nextHop: NextHop): Promise<boolean> {
    this.#probe ??= nextHop.probe().finally(() => (this.#probe = undefined))
    return this.#probe
  }

  async #nextHops(): Promise<readonly Endpoint[]> {
    const { nextHop, name, recipientDelimiter } = this.#config
    if (nextHop.kind === 'endpoints') return nextHop.endpoints
    const { clock, knows } = this.#with
    const receiver = new Store({ folder: nextHop.folder, name, recipientDelimiter, clock, knows })
    this.#store = new Front(this.#frontOptions(receiver, join(this.#config.spool.folder, 'store')))
    return [await this.#store.open({ kind: 'inet', host: '127.0.0.1', port: 0 })]
  }

  async #open(options: FrontOptions, endpoint: ListenEndpoint): Promise<Endpoint> {
    const front = new Front(options)
    const opened = this.#with.isWorker === true ? endpoint : await front.open(endpoint)
    this.#fronts.push(front)
    return opened
  }

  #frontOptions(receiver: Receiver, spoolFolder: string): FrontOptions {
    const { name, spool, limits, strayNewlines, trust } = this.#config
    const { clock, log } = this.#with
    return {
      name,
      receiver,
      spool: new Spool({ ...spool, folder: spoolFolder, limit: limits.message }, clock),
      recipients: limits.recipients,
      sessions: limits.sessions,
      strayNewlines,
      trust,
      clock,
      idle,
      // Before, what goes wrong keeps us from starting, and is told so.
      onError: error => {
        if (this.#listens) log.event('warning', 'session trouble', { cause: error.message })
      },
    }
  }
}
