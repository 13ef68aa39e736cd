/** Scanners that remember their evidence. The key holds all that it depends on, and the transaction it came with: evidence is not for strangers. */
import type { VirusReport } from '../../decide/facts.ts'
import { EvidenceCache, type CacheOptions, type CacheStats } from './cache.ts'
import { digest } from './digest.ts'
import {
  down,
  type Scanned,
  type ScanContext,
  type SpamEvidence,
  type SpamScanner,
  type VirusScanner,
} from './scanner.ts'

/** Entries of some hundred octets, for five minutes. */
const bounds = { entries: 10_000, age: 300_000 }

type Cached = { cacheStats(): CacheStats }

export function cachedSpam(scanner: SpamScanner, clock: CacheOptions['clock']): SpamScanner & Cached {
  const cache = new EvidenceCache<SpamEvidence>({ clock, ...bounds })
  return {
    name: scanner.name,
    cacheStats: () => cache.stats(),
    scan: context => through(cache, '', context, () => scanner.scan(context)),
  }
}

export function cachedVirus(scanner: VirusScanner, clock: CacheOptions['clock']): VirusScanner & Cached {
  const cache = new EvidenceCache<VirusReport>({ clock, ...bounds })
  return {
    name: scanner.name,
    ...(scanner.limit === undefined ? {} : { limit: scanner.limit }),
    cacheStats: () => cache.stats(),
    version: () => scanner.version(),
    scan: context => through(cache, scanner.version() ?? '', { ...context, profile: '' }, () => scanner.scan(context)),
  }
}

async function through<T extends object>(
  cache: EvidenceCache<T>,
  version: string,
  context: ScanContext,
  scan: () => Promise<Scanned<T>>,
): Promise<Scanned<T>> {
  const { message, sender, client, profile, signal } = context
  const content = await digest(message).catch(() => undefined)
  if (content === undefined) return down('the message can no longer be read')
  const origin = client?.ident ?? client?.address ?? ''
  return cache.get(JSON.stringify([origin, sender.path, content, profile, version]), signal, scan)
}
