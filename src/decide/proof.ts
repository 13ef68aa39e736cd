/** Whether a message comes from whom it says: what SPF, DKIM and DMARC prove (rules/README.md). */
import type { AuthResult, Facts } from './facts.ts'
import { isRegistry } from './registry.ts'
import type { Truth } from './truth.ts'

/** SPF passed for the very domain of the envelope sender. The null sender is nobody, so it is never proven. */
export function senderProven({ sender, auth }: Pick<Facts, 'sender' | 'auth'>): Truth {
  if (sender === undefined) return false
  if (auth.state === 'pending') return undefined
  return auth.state === 'known' && sender.domain !== '' && passes(auth.value, 'spf', sender.domain)
}

/**
 * From has exactly one address, and DMARC or DKIM passed for its domain or one above it. Of DMARC, some hosts name From's own domain and some the
 * organizational one above it (RFC 7489 §6.6.3). A domain above counts only if it is somebody's own: under that of a registry two senders are strangers.
 */
export function fromProven({ from, auth }: Pick<Facts, 'from' | 'auth'>): Truth {
  if (from.state === 'unknown' || auth.state === 'unknown') return false
  if (from.state === 'known' && from.value.length !== 1) return false
  if (from.state === 'pending' || auth.state === 'pending') return undefined
  const domain = from.value[0]?.domain ?? ''
  if (domain === '') return false
  const results = auth.value
  return ownDomains(domain).some(own => passes(results, 'dmarc', own) || passes(results, 'dkim', own))
}

function passes(results: readonly AuthResult[], wanted: AuthResult['method'], of: string): boolean {
  return results.some(({ method, result, domain }) => method === wanted && result === 'pass' && domain === of)
}

/** The domain itself, and all above it but those of registries. */
function ownDomains(domain: string): readonly string[] {
  const labels = domain.split('.')
  const parents = labels.map((_, i) => labels.slice(i).join('.')).slice(1)
  return [domain, ...parents.filter(parent => !isRegistry(parent))]
}
