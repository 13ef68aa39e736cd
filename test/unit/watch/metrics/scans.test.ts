import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { openSources } from '../../../../src/assess/sources.ts'
import { exposition } from '../../../../src/watch/metrics/exposition.ts'
import { ScanCounts, sourceFamilies } from '../../../../src/watch/metrics/scans.ts'
import { cleanUp, later } from '../../../support/cleanup.ts'
import { FakeClock } from '../../../support/clock.ts'
import { readMetrics } from '../../../support/prometheus.ts'
import { contextOf } from '../../assess/scan/support.ts'

afterEach(cleanUp)

describe('metrics of scanners', () => {
  it('count what came of each scan, and say whether an endpoint is asked', async () => {
    const counts = new ScanCounts()
    const clock = new FakeClock()
    const endpoint = { kind: 'unix', path: '/nowhere/spamd' } as const
    const sources = await openSources({
      scanners: {
        virus: { kind: 'built-in' },
        spam: { kind: 'spamd', endpoints: [endpoint], limit: 1000, timeout: 60_000 },
      },
      trustAuthserv: [],
      clock,
      onEvent: () => undefined,
      onScan: scan => counts.add(scan),
    })
    later(() => sources.close())
    const told = async (): Promise<(line: string) => number | undefined> => {
      const metrics = readMetrics(await exposition([[...counts.families(), ...sourceFamilies(sources.stats())]]))
      return line => [...metrics.values()].flatMap(({ samples }) => samples.get(line)?.value ?? [])[0]
    }
    await sources.virus?.scan(contextOf())
    await sources.spam?.scan(contextOf('x'.repeat(1001)))
    const before = await told()
    assert.equal(before('lmtp_gate_scans_total{scanner="built-in test patterns",result="known"}'), 1)
    assert.equal(before('lmtp_gate_scans_total{scanner="spamd",result="unscannable"}'), 1)
    assert.equal(before('lmtp_gate_scanner_breaker{scanner="spamd",endpoint="unix:/nowhere/spamd"}'), 0)
    for (let i = 0; i < 5; i += 1) await sources.spam?.scan(contextOf(`Subject: ${i}\r\n\r\n`))
    const after = await told()
    assert.equal(after('lmtp_gate_scans_total{scanner="spamd",result="down"}'), 5)
    assert.equal(after('lmtp_gate_scan_seconds_count{scanner="spamd"}'), 6)
    assert.equal(after('lmtp_gate_scan_cache_total{scanner="spamd",result="miss"}'), 6)
    assert.equal(after('lmtp_gate_scanner_breaker{scanner="spamd",endpoint="unix:/nowhere/spamd"}'), 2)
    clock.advance(60_000)
    assert.equal((await told())('lmtp_gate_scanner_breaker{scanner="spamd",endpoint="unix:/nowhere/spamd"}'), 1)
  })
})
