/** Metrics as the text that Prometheus reads, those of several processes added up. */
import { AggregatorRegistry } from 'prom-client'
import type { PrometheusContentType } from 'prom-client'
import type { Family } from './family.ts'

export const contentType: PrometheusContentType = 'text/plain; version=0.0.4; charset=utf-8'

export function exposition(processes: readonly (readonly Family[])[]): Promise<string> {
  return AggregatorRegistry.aggregate<PrometheusContentType>([...processes]).metrics()
}
