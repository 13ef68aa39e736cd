/** What part of the site's limits each of several processes has: together never more than the whole. */
import { join } from 'node:path'
import type { Config } from '../config/config.ts'

/** Of `workers` processes the one in `slot` (from 0), which its replacement takes over. */
export type Share = { readonly workers: number; readonly slot: number }

/** The one process there is. */
export const everything: Share = { workers: 1, slot: 0 }

/** The first slots have what cannot be divided. */
export function partOf(limit: number, { workers, slot }: Share): number {
  return Math.floor(limit / workers) + (slot < limit % workers ? 1 : 0)
}

/** The configuration of one process. Files of the spool lie apart, so that whoever sweeps finds only its own. */
export function shareOf(config: Config, share: Share): Config {
  if (share.workers === 1) return config
  const { spool, limits, nextHopConnections } = config
  return {
    ...config,
    nextHopConnections: partOf(nextHopConnections, share),
    limits: { ...limits, sessions: partOf(limits.sessions, share) },
    spool: {
      ...spool,
      folder: join(spool.folder, `worker-${share.slot + 1}`),
      total: partOf(spool.total, share),
    },
  }
}
