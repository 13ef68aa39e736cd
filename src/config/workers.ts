/** The key `workers` of lmtp-gate.yaml: how many processes share the work, and whether the limits can be shared among them. */
import { availableParallelism } from 'node:os'
import { mostScanning } from '../assess/sources.ts'
import type { Config } from './config.ts'
import type { Read, Reader } from './values.ts'
import { number } from './values.ts'

type Shared = Pick<Config, 'nextHopConnections' | 'scanners' | 'spool' | 'limits'>

const most = 64
/** Scanners, Postfix and Dovecot want the other half. */
const mostByItself = 8

/** One below four cores: a second would only take the first one's turn. */
export function workersFor(cores: number): number {
  return cores < 4 ? 1 : Math.min(Math.floor(cores / 2), mostByItself)
}

/** `auto` takes what the limits allow; of a number that they do not allow it says which limit, and why. */
export function workers(shared: Shared): Reader<number> {
  return text => (text === 'auto' ? { value: usualWorkers(shared) } : asked(text, shared))
}

export function usualWorkers(shared: Shared): number {
  return Math.min(workersFor(availableParallelism()), ...bounds(shared).map(({ among }) => among))
}

function asked(text: string, shared: Shared): Read<number> {
  const read = number(1, most)(text)
  if ('wrong' in read) return { ...read, mend: `write auto, or a number from 1 to ${most}` }
  const lack = bounds(shared).find(({ among }) => read.value > among)
  if (lack === undefined) return read
  const { among, each, mend } = lack
  const less = `write at most ${among}`
  return {
    wrong: `${read.value} workers cannot share ${each}`,
    mend: mend === undefined ? less : `${less}, or ${mend}`,
  }
}

type Bound = { readonly among: number; readonly each: string; readonly mend?: string }

/** Among how many each limit can be divided so that every worker can do its work. */
function bounds({ nextHopConnections, scanners, spool, limits }: Shared): readonly Bound[] {
  const scans = [scanners.virus, scanners.spam].some(
    one => one?.kind === 'clamd' || one?.kind === 'rspamd' || one?.kind === 'spamd',
  )
  return [
    {
      among: nextHopConnections,
      each: `next_hop_connections: ${nextHopConnections}, each needs one`,
      mend: 'raise next_hop_connections',
    },
    {
      among: limits.sessions,
      each: `limits.sessions: ${limits.sessions}, each needs one`,
      mend: 'raise limits.sessions',
    },
    {
      among: Math.floor(spool.total / spool.memory),
      each: 'spool.total, each needs as much as spool.memory',
      mend: 'raise spool.total or lower spool.memory',
    },
    ...(scans
      ? [
          {
            among: mostScanning,
            each: `the ${mostScanning} scans at a time, each needs one`,
          },
        ]
      : []),
  ]
}
