/** Sessions, and the messages that came in on them. */
import type { SessionStats } from '../../accept/server.ts'
import type { SpoolStats } from '../../accept/spool.ts'
import { counter, gauge } from './family.ts'
import type { Family } from './family.ts'

/** One for each endpoint; `limit`: sessions at each. */
export function sessionFamilies(fronts: readonly SessionStats[], limit: number): readonly Family[] {
  const sum = (of: keyof SessionStats): number => fronts.reduce((total, front) => total + front[of], 0)
  return [
    gauge('lmtp_gate_sessions', 'Sessions that are open.', sum('open')),
    gauge(
      'lmtp_gate_sessions_limit',
      'Sessions beyond which MAIL is answered 451, all endpoints.',
      fronts.length * limit,
    ),
    counter('lmtp_gate_sessions_total', 'Sessions that were opened.', sum('opened')),
    counter('lmtp_gate_sessions_refused_total', 'Connections that were hung up on at once.', sum('refused')),
  ]
}

export function spoolFamilies({ inMemory, files, octets, ends }: SpoolStats, limit: number): readonly Family[] {
  return [
    counter(
      'lmtp_gate_messages_total',
      'Messages whose end was reached: taken, or why not.',
      Object.entries(ends).map(([result, value]) => ({ labels: { result }, value })),
    ),
    counter('lmtp_gate_message_bytes_total', 'Octets of these messages.', octets),
    gauge('lmtp_gate_spool_memory_bytes', 'Octets of messages in memory.', inMemory),
    gauge('lmtp_gate_spool_memory_limit_bytes', 'spool.total of the configuration.', limit),
    gauge('lmtp_gate_spool_files', 'Messages in temporary files.', files),
  ]
}
