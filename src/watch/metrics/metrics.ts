/** All that is counted in one process, from its start on. */
import type { SessionStats } from '../../accept/server.ts'
import type { SpoolStats } from '../../accept/spool.ts'
import type { SourceStats } from '../../assess/sources.ts'
import type { PoliciesStats } from '../../decide/policies.ts'
import type { RulesState } from '../../decide/reload/live-rules.ts'
import type { PoolStats } from '../../deliver/pool.ts'
import { countedLog, EventCounts } from './events.ts'
import type { Log } from '../log.ts'
import { counter, gauge } from './family.ts'
import type { Family } from './family.ts'
import { sessionFamilies, spoolFamilies } from './intake.ts'
import { NextHopCounts } from './next-hops.ts'
import { policyFamilies } from './policies.ts'
import { processFamilies } from './process.ts'
import { RecipientCounts } from './recipients.ts'
import { ScanCounts, sourceFamilies } from './scans.ts'

/** How the parts of the gate are at this moment. */
export type PartStats = {
  readonly fronts: readonly SessionStats[]
  readonly spool: SpoolStats
  readonly pool: PoolStats
  readonly sources: SourceStats
  readonly rules: RulesState
  readonly policies: PoliciesStats
  readonly limits: { readonly sessions: number; readonly spool: number; readonly connections: number }
}

export class Metrics {
  readonly nextHops = new NextHopCounts()
  readonly scans = new ScanCounts()
  readonly #recipients = new RecipientCounts()
  readonly #events = new EventCounts()

  /** What is told to it is counted and told to `log`. */
  counted(log: Log): Log {
    return countedLog(log, this.#recipients, this.#events)
  }

  families({ fronts, spool, pool, sources, rules, policies, limits }: PartStats): readonly Family[] {
    return [
      ...this.#recipients.families(),
      ...spoolFamilies(spool, limits.spool),
      ...sessionFamilies(fronts, limits.sessions),
      ...this.nextHops.families(pool, limits.connections),
      ...this.scans.families(),
      ...sourceFamilies(sources),
      ...policyFamilies(rules, policies),
      gauge('lmtp_gate_workers', 'Processes that take mail.', 1),
      counter('lmtp_gate_workers_replaced_total', 'Workers that were started because another had ended.', 0),
      ...this.ownFamilies(),
    ]
  }

  /** Of a process that takes no mail itself. */
  ownFamilies(): readonly Family[] {
    return [...this.#events.families(), ...processFamilies()]
  }
}
