/** The next hops for a release: those that the running gate uses. */
import { join } from 'node:path'
import { Front } from '../../accept/server.ts'
import { Spool } from '../../accept/spool.ts'
import type { Clock } from '../../clock.ts'
import type { Config } from '../../config/config.ts'
import type { Endpoint } from '../../deliver/endpoint.ts'
import { Routes } from '../../deliver/routes.ts'
import { Store } from '../store/store.ts'

const idle = 300_000

/** `close` resolves when all connections are closed. Without a configuration the embedded store is opened beside the one of the gate: both keep Maildirs. */
export async function openRoutes(
  config: Config,
  clock: Clock,
): Promise<{ readonly routes: Routes; readonly close: () => Promise<void> }> {
  const { name } = config
  const store = config.nextHop.kind === 'store' ? await openStore(config, config.nextHop.folder, clock) : undefined
  const endpoints = config.nextHop.kind === 'store' ? (store?.endpoints ?? []) : config.nextHop.endpoints
  const routes = new Routes({ endpoints, connections: 1, name, clock, onEvent: () => undefined })
  const close = async (): Promise<void> => {
    await routes.close()
    await store?.front.drain()
  }
  return { routes, close }
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
