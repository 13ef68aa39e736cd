/** The next hop for a release: the one that the running gate uses. */
import { join } from 'node:path'
import { Front } from '../../accept/server.ts'
import { Spool } from '../../accept/spool.ts'
import type { Clock } from '../../clock.ts'
import type { Config } from '../../config/config.ts'
import type { Endpoint } from '../../deliver/endpoint.ts'
import { NextHop } from '../../deliver/next-hop.ts'
import { Store } from '../store/store.ts'

const idle = 300_000

/** `close` resolves when all connections are closed. Without a configuration the embedded store is opened beside the one of the gate: both keep Maildirs. */
export async function openNextHop(
  config: Config,
  clock: Clock,
): Promise<{ readonly nextHop: NextHop; readonly close: () => Promise<void> }> {
  const { name } = config
  const store = config.nextHop.kind === 'store' ? await openStore(config, config.nextHop.folder, clock) : undefined
  const endpoints = config.nextHop.kind === 'store' ? (store?.endpoints ?? []) : config.nextHop.endpoints
  const nextHop = new NextHop({ endpoints, connections: 1, name, clock, onEvent: () => undefined })
  const close = async (): Promise<void> => {
    await nextHop.close()
    await store?.front.drain()
  }
  return { nextHop, close }
}

async function openStore(
  config: Config,
  folder: string,
  clock: Clock,
): Promise<{ readonly front: Front; readonly endpoints: readonly Endpoint[] }> {
  const { name, recipientDelimiter, spool, limits, strayNewlines, trust } = config
  const front = new Front({
    name,
    receiver: new Store({ folder, name, recipientDelimiter, clock }),
    spool: new Spool({ ...spool, folder: join(spool.folder, 'release'), limit: Number.MAX_SAFE_INTEGER }),
    recipients: limits.recipients,
    sessions: 1,
    strayNewlines,
    trust,
    clock,
    idle,
    onError: () => undefined,
  })
  return { front, endpoints: [await front.open({ kind: 'inet', host: '127.0.0.1', port: 0 })] }
}
