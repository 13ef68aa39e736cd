/** Metrics as the text that Prometheus reads, those of several processes added up. */
import type { PrometheusContentType } from 'prom-client'
import type { Family } from './family.ts'

export const contentType: PrometheusContentType = 'text/plain; version=0.0.4; charset=utf-8'

/** The package is loaded when somebody asks: it makes every collection of garbage dearer. */
export async function exposition(processes: readonly (readonly Family[])[]): Promise<string> {
  const { AggregatorRegistry } = await import('prom-client')
  return AggregatorRegistry.aggregate<PrometheusContentType>([...processes]).metrics()
}
