/** Domains under which anybody can have one of his own: `com`, `co.uk`, `github.io`. Pure. */
import { getPublicSuffix } from 'tldts'

/** Whether `domain` (lower case, A-labels) is on the Public Suffix List as it was when the gate's package was made, or a top level that is not. */
export function isRegistry(domain: string): boolean {
  return !domain.includes('.') || getPublicSuffix(domain, { allowPrivateDomains: true }) === domain
}
