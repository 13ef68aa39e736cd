/** What scanners were asked and answered, how long they took, and how they are. */
import type { Scan } from '../../assess/scan/measured.ts'
import type { SourceStats } from '../../assess/sources.ts'
import { endpointText } from '../../deliver/endpoint.ts'
import { counter, gauge } from './family.ts'
import type { Family } from './family.ts'
import { histogram, Timing } from './timing.ts'

type Counts = { readonly [result in Scan['result']]: number }

type Scanner = { readonly counts: { -readonly [result in Scan['result']]: number }; readonly timing: Timing }

export class ScanCounts {
  readonly #scanners = new Map<string, Scanner>()

  add({ scanner, result, ms }: Scan): void {
    const { counts, timing } = this.#of(scanner)
    counts[result] += 1
    timing.add(ms)
  }

  families(): readonly Family[] {
    const scanners = [...this.#scanners]
    return [
      counter(
        'lmtp_gate_scans_total',
        'Scans by what came of them; answers from the cache are not among them.',
        scanners.flatMap(([scanner, { counts }]) =>
          Object.entries(counts satisfies Counts).map(([result, value]) => ({ labels: { scanner, result }, value })),
        ),
      ),
      histogram(
        'lmtp_gate_scan_seconds',
        'Time that scans took, waiting in line included.',
        'scanner',
        scanners.map(([scanner, { timing }]) => [scanner, timing] as const),
      ),
    ]
  }

  #of(scanner: string): Scanner {
    const known = this.#scanners.get(scanner)
    if (known !== undefined) return known
    const made = { counts: { known: 0, down: 0, unscannable: 0, cancelled: 0 }, timing: new Timing() }
    this.#scanners.set(scanner, made)
    return made
  }
}

const breakerStates = ['closed', 'half open', 'open'] as const

/** Breakers, lines and caches as they are now. */
export function sourceFamilies({ runners, caches }: SourceStats): readonly Family[] {
  return [
    gauge(
      'lmtp_gate_scanner_breaker',
      'Whether an endpoint of a scanner is asked: 0 yes (closed), 1 tried again with the next scan (half open), 2 not at the moment (open).',
      runners.flatMap(({ scanner, endpoints }) =>
        endpoints.map(({ endpoint, breaker }) => ({
          labels: { scanner, endpoint: endpointText(endpoint) },
          value: breakerStates.indexOf(breaker),
        })),
      ),
      'max',
    ),
    gauge(
      'lmtp_gate_scans_running',
      'Scans under way and in line.',
      runners.map(({ scanner, inside }) => ({ labels: { scanner }, value: inside })),
    ),
    gauge(
      'lmtp_gate_scan_cache_entries',
      'Scans whose evidence is remembered.',
      caches.map(({ scanner, entries }) => ({ labels: { scanner }, value: entries })),
    ),
    counter(
      'lmtp_gate_scan_cache_total',
      'Questions to the cache of evidence: known already (hit), being scanned already (shared), scanned anew (miss).',
      caches.flatMap(({ scanner, hits, shared, misses }) =>
        Object.entries({ hit: hits, shared, miss: misses }).map(([result, value]) => ({
          labels: { scanner, result },
          value,
        })),
      ),
    ),
  ]
}
