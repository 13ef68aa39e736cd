/** Tells of every scan what came of it and how long it took. */
import type { Clock } from '../../clock.ts'
import type { Scanned, SpamScanner, VirusScanner } from './scanner.ts'

/** `cancelled`: nobody needed the answer any more. `ms`: waiting in line included. */
export type Scan = {
  readonly scanner: string
  readonly result: 'known' | 'down' | 'unscannable' | 'cancelled'
  readonly ms: number
}

export type Measure = { readonly clock: Clock; readonly onScan: (scan: Scan) => void }

export function measuredSpam(scanner: SpamScanner, measure: Measure): SpamScanner {
  const { name } = scanner
  return { name, scan: context => measured(name, context.signal, measure, () => scanner.scan(context)) }
}

export function measuredVirus(scanner: VirusScanner, measure: Measure): VirusScanner {
  const { name } = scanner
  return {
    name,
    ...(scanner.limit === undefined ? {} : { limit: scanner.limit }),
    version: () => scanner.version(),
    scan: context => measured(name, context.signal, measure, () => scanner.scan(context)),
  }
}

/** What `scan` gives, when it has been told. */
export async function measured<T>(
  scanner: string,
  signal: AbortSignal,
  { clock, onScan }: Measure,
  scan: () => Promise<Scanned<T>>,
): Promise<Scanned<T>> {
  const begun = clock.now()
  const scanned = await scan()
  const result = signal.aborted ? 'cancelled' : scanned.state === 'known' ? 'known' : scanned.why.kind
  onScan({ scanner, result, ms: clock.now() - begun })
  return scanned
}
