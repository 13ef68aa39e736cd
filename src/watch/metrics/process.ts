/** The process itself, under the names that every Prometheus client uses. */
import { readdirSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { version } from '../../version.ts'
import { counter, gauge } from './family.ts'
import type { Family } from './family.ts'

export function processFamilies(): readonly Family[] {
  const { user, system } = process.cpuUsage()
  const { rss } = process.memoryUsage()
  const descriptors = openDescriptors()
  return [
    gauge('lmtp_gate_info', 'Always 1; the version is in the label.', [{ labels: { version }, value: 1 }], 'max'),
    counter('process_cpu_seconds_total', 'Processor time.', (user + system) / 1e6),
    gauge('process_resident_memory_bytes', 'Memory in use.', rss),
    gauge('process_start_time_seconds', 'When the process started.', performance.timeOrigin / 1000, 'min'),
    ...(descriptors === undefined ? [] : [gauge('process_open_fds', 'Open file descriptors.', descriptors)]),
    counter(
      'lmtp_gate_event_loop_active_seconds_total',
      'Time in which the gate was busy and took nothing new; a rate near 1 means that it cannot keep up.',
      performance.eventLoopUtilization().active / 1000,
    ),
  ]
}

/** Without the one that it takes to count them; undefined where the system does not tell. */
function openDescriptors(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length - 1
  } catch {
    return undefined
  }
}
