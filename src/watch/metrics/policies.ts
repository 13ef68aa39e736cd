/** Policy files, and what was worked out from them. */
import type { PoliciesStats } from '../../decide/policies.ts'
import type { RulesState } from '../../decide/reload/live-rules.ts'
import { counter, gauge } from './family.ts'
import type { Family } from './family.ts'

/** Several processes read the same files; what they know of them may differ for a moment, and then the worst counts. */
export function policyFamilies(
  { files, broken, reloaded }: RulesState,
  { entries, hits, misses }: PoliciesStats,
): readonly Family[] {
  const since = reloaded.getTime() / 1000
  return [
    gauge('lmtp_gate_policy_files', 'Policy files.', files, 'max'),
    gauge('lmtp_gate_policy_files_broken', 'Policy files that are known to be wrong.', broken, 'max'),
    gauge('lmtp_gate_policy_reload_timestamp_seconds', 'Since when the policy files count as they do.', since, 'min'),
    gauge('lmtp_gate_policy_cache_entries', 'Policies that are worked out.', entries),
    counter('lmtp_gate_policy_cache_total', 'Recipients whose policy was worked out already (hit), or not (miss).', [
      { labels: { result: 'hit' }, value: hits },
      { labels: { result: 'miss' }, value: misses },
    ]),
  ]
}
