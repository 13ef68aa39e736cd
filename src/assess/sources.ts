/** The scanners and parsers that the configuration names, ready to be asked. */
import type { Clock } from '../clock.ts'
import type { ScannersConfig } from '../config/scanners.ts'
import type { Abilities } from '../decide/policy.ts'
import type { Sources } from './assessment.ts'
import { usualLimits } from './mime/limits.ts'
import { MimeReader } from './mime/mime-reader.ts'
import { builtInSpam, builtInVirus } from './scan/built-in.ts'
import { cachedSpam, cachedVirus } from './scan/cached.ts'
import { ClamdScanner } from './scan/clamd.ts'
import { HeaderScore } from './scan/header-score.ts'
import { RspamdScanner } from './scan/rspamd.ts'
import type { ScannerEvent, SpamScanner, VirusScanner } from './scan/scanner.ts'
import { SpamdScanner } from './scan/spamd.ts'

export type SourcesOptions = {
  readonly scanners: ScannersConfig
  readonly trustAuthserv: readonly string[]
  readonly clock: Clock
  readonly onEvent: (event: ScannerEvent) => void
}

/** `close` ends what runs beside the transactions. */
export type OpenSources = Sources & { close(): Promise<void> }

/** Scans of one scanner at a time, and more in line; how long (ms) one may take, all its endpoints together. */
const bounds = { concurrent: 8, waiting: 200, timeout: 60_000 }

/** Resolves when the scanners have been asked once what they are; whether they answer or not. */
export async function openSources({ scanners, trustAuthserv, clock, onEvent }: SourcesOptions): Promise<OpenSources> {
  const common = { clock, onEvent, ...bounds }
  const clamd =
    scanners.virus?.kind === 'clamd' ? new ClamdScanner({ name: 'clamd', ...scanners.virus, ...common }) : undefined
  const mime = new MimeReader({ clock, limits: { ...usualLimits, seen: clamd?.limit ?? Infinity } })
  await clamd?.start()
  return {
    virus: clamd === undefined ? virusOf(scanners) : cachedVirus(clamd, clock),
    spam: spamOf(scanners, common),
    spamProves: scanners.spam?.kind === 'rspamd',
    mime,
    authservs: trustAuthserv,
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

function virusOf({ virus }: ScannersConfig): VirusScanner | undefined {
  return virus?.kind === 'built-in' ? builtInVirus : undefined
}

function spamOf(
  { spam }: ScannersConfig,
  common: typeof bounds & Pick<SourcesOptions, 'clock' | 'onEvent'>,
): SpamScanner | undefined {
  switch (spam?.kind) {
    case 'rspamd':
      return cachedSpam(new RspamdScanner({ name: 'rspamd', ...spam, ...common }), common.clock)
    case 'spamd':
      return cachedSpam(new SpamdScanner({ name: 'spamd', ...spam, ...common }), common.clock)
    case 'header':
      return new HeaderScore(spam.field)
    case 'built-in':
      return builtInSpam
    case undefined:
      return undefined
  }
}
