/** The scanners and parsers that the configuration names, ready to be asked. */
import type { Clock } from '../clock.ts'
import type { ScannersConfig } from '../config/scanners.ts'
import type { Abilities } from '../decide/policy.ts'
import { everything, partOf } from '../workers/share.ts'
import type { Share } from '../workers/share.ts'
import type { Sources } from './assessment.ts'
import { usualLimits } from './mime/limits.ts'
import { MimeReader } from './mime/mime-reader.ts'
import { builtInSpam, builtInVirus } from './scan/built-in.ts'
import type { CacheStats } from './scan/cache.ts'
import { cachedSpam, cachedVirus } from './scan/cached.ts'
import { ClamdScanner } from './scan/clamd.ts'
import { HeaderScore } from './scan/header-score.ts'
import { measured, measuredSpam, measuredVirus } from './scan/measured.ts'
import type { Measure, Scan } from './scan/measured.ts'
import { RspamdScanner } from './scan/rspamd.ts'
import type { RunnerStats } from './scan/runner.ts'
import type { ScannerEvent, SpamScanner, VirusScanner } from './scan/scanner.ts'
import { SpamdScanner } from './scan/spamd.ts'

export type SourcesOptions = {
  readonly scanners: ScannersConfig
  readonly trustAuthserv: readonly string[]
  readonly clock: Clock
  /** Of the scans that all processes of the site may make at a time; all of them if it is missing. */
  readonly share?: Share
  readonly onEvent: (event: ScannerEvent) => void
  /** Each scan when it is over, the reading of parts among them (`mime`). */
  readonly onScan: (scan: Scan) => void
}

/** How the scanners are, by name. */
export type SourceStats = {
  readonly runners: readonly (RunnerStats & { readonly scanner: string })[]
  readonly caches: readonly (CacheStats & { readonly scanner: string })[]
}

/** `close` ends what runs beside the transactions. */
export type OpenSources = Sources & { stats(): SourceStats; close(): Promise<void> }

/** Scans of one scanner at a time, and more in line. */
const bounds = { concurrent: 8, waiting: 200 }
/** Each process that asks scanners needs one. */
export const mostScanning = bounds.concurrent

/** Resolves when the scanners have been asked once what they are; whether they answer or not. */
export async function openSources(options: SourcesOptions): Promise<OpenSources> {
  const { scanners, trustAuthserv, clock, share = everything, onEvent } = options
  const [concurrent, waiting] = [partOf(bounds.concurrent, share), partOf(bounds.waiting, share)]
  const common = { clock, onEvent, concurrent, waiting }
  const clamd =
    scanners.virus?.kind === 'clamd' ? new ClamdScanner({ name: 'clamd', ...scanners.virus, ...common }) : undefined
  const engine = spamEngine(scanners, common)
  const virus = clamd === undefined ? undefined : cachedVirus(measuredVirus(clamd, options), clock)
  const spam = engine === undefined ? undefined : cachedSpam(measuredSpam(engine, options), clock)
  const mime = new MimeReader({ clock, limits: { ...usualLimits, seen: clamd?.limit ?? Infinity } })
  await clamd?.start()
  return {
    virus: virus ?? virusWithin(scanners, options),
    spam: spam ?? spamWithin(scanners, options),
    spamProves: scanners.spam?.kind === 'rspamd',
    mime: { read: (message, signal) => measured('mime', signal, options, () => mime.read(message, signal)) },
    authservs: trustAuthserv,
    stats: () => ({
      runners: [clamd, engine].flatMap(one => (one === undefined ? [] : { scanner: one.name, ...one.stats() })),
      caches: [virus, spam].flatMap(one => (one === undefined ? [] : { scanner: one.name, ...one.cacheStats() })),
    }),
    async close() {
      clamd?.close()
      await mime.close()
    },
  }
}

/** What policies can ask of this site. */
export function abilitiesOf(scanners: ScannersConfig, trustAuthserv: readonly string[]): Abilities {
  return {
    spam: scanners.spam !== undefined,
    virus: scanners.virus !== undefined,
    proof: trustAuthserv.length > 0 || scanners.spam?.kind === 'rspamd',
  }
}

type Engine = RspamdScanner | SpamdScanner

function spamEngine(
  { spam }: ScannersConfig,
  common: typeof bounds & Pick<SourcesOptions, 'clock' | 'onEvent'>,
): Engine | undefined {
  switch (spam?.kind) {
    case 'rspamd':
      return new RspamdScanner({ name: 'rspamd', ...spam, ...common })
    case 'spamd':
      return new SpamdScanner({ name: 'spamd', ...spam, ...common })
    case 'header':
    case 'built-in':
    case undefined:
      return undefined
  }
}

/** What asks nobody else. */
function spamWithin({ spam }: ScannersConfig, measure: Measure): SpamScanner | undefined {
  if (spam?.kind === 'header') return measuredSpam(new HeaderScore(spam.field), measure)
  return spam?.kind === 'built-in' ? measuredSpam(builtInSpam, measure) : undefined
}

function virusWithin({ virus }: ScannersConfig, measure: Measure): VirusScanner | undefined {
  return virus?.kind === 'built-in' ? measuredVirus(builtInVirus, measure) : undefined
}
