/** What happens beside the transactions, as log lines: scanners that come and go, quarantine that empties. */
import type { ScannerEvent } from '../assess/scan/scanner.ts'
import { endpointText } from '../deliver/endpoint.ts'
import type { Expired } from '../deliver/quarantine/expire.ts'
import type { Log } from './log.ts'

export function logScanner(log: Log, { kind, scanner, endpoint, cause }: ScannerEvent): void {
  log.event(kind === 'scanner up' ? 'info' : 'warning', kind, { scanner, endpoint: endpointText(endpoint), cause })
}

/** Silent where nothing left. */
export function logExpired(log: Log, { old, surplus, leftovers, left, octets, trouble }: Expired): void {
  if (old + surplus + leftovers === 0 && trouble === undefined) return
  const level = trouble === undefined ? 'info' : 'warning'
  log.event(level, 'quarantine expired', { old, surplus, leftovers, left, octets, cause: trouble })
}
