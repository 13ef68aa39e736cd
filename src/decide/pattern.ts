/** Address patterns: `anna@x.example`, `x.example` (with its subdomains), `"*.top"`, `"news*@*"`, `<>`. */
import { domainOf } from '../address.ts'
import type { PolicyAddress } from './facts.ts'
import { fold, globMatches, isGlob, weight } from './glob.ts'

/** `text` as written; `local` and `domain` folded. `isGlob`: `*` or `?` is somewhere in it. `below`: what ends every domain below it, or then a glob for these. */
export type AddressPattern = {
  readonly text: string
  /** How much it says: of several that fit, the longest counts. */
  readonly weight: number
} & (
  | { readonly kind: 'null sender' }
  | { readonly kind: 'domain'; readonly domain: string; readonly below: string; readonly isGlob: boolean }
  | { readonly kind: 'address'; readonly local: string; readonly domain: string; readonly isGlob: boolean }
)

/** A pattern, or what is wrong with it and how it should be written. */
export function addressPattern(text: string): AddressPattern | { readonly wrong: string; readonly mend: string } {
  if (text === '<>') return { kind: 'null sender', text, weight: 2 }
  const inner = /^<(.+)>$/.exec(text)?.[1]
  if (inner !== undefined) return { wrong: 'an address stands here without < and >', mend: `write ${inner}` }
  if (/[\s\x00-\x1f\x7f]/.test(text) || text === '')
    return { wrong: 'this is no address pattern', mend: 'write an address, a domain, or a pattern with *' }
  const at = text.lastIndexOf('@')
  const domain = domainPattern(text.slice(at + 1))
  if (text.startsWith('.'))
    return {
      wrong: 'a domain does not begin with a dot',
      mend: `write ${text.slice(1)}, which has its subdomains too, or "*${text}" for these alone`,
    }
  if (at < 0 && domain !== undefined) return { kind: 'domain', text, weight: weight(text), domain, ...belowOf(domain) }
  if (at === 0)
    return {
      wrong: 'nothing stands before the @',
      mend: `write "*${text}" for that domain alone, or ${text.slice(1)} for its subdomains too`,
    }
  if (domain === undefined || domain === '')
    return { wrong: 'this is no domain', mend: 'write it as in mail addresses; beyond ASCII with * only as xn--…' }
  const local = fold(text.slice(0, at))
  return { kind: 'address', text, weight: weight(text), local, domain, isGlob: isGlob(text) }
}

/** `address` undefined is the null sender, which only `<>` fits. */
export function fits(pattern: AddressPattern, address: PolicyAddress | undefined): boolean {
  if (address === undefined || pattern.kind === 'null sender')
    return address === undefined && pattern.kind === 'null sender'
  const { domain } = address
  switch (pattern.kind) {
    case 'domain':
      return pattern.isGlob
        ? globMatches(pattern.domain, domain) || globMatches(pattern.below, domain)
        : domain === pattern.domain || domain.endsWith(pattern.below)
    case 'address':
      return pattern.isGlob
        ? globMatches(pattern.domain, domain) && globMatches(pattern.local, fold(address.local))
        : domain === pattern.domain && fold(address.local) === pattern.local
  }
}

function belowOf(domain: string): { readonly below: string; readonly isGlob: boolean } {
  return isGlob(domain) ? { below: `*.${domain}`, isGlob: true } : { below: `.${domain}`, isGlob: false }
}

/** Folded, in A-labels. Undefined: it has characters that no domain has, or beyond ASCII together with `*`. */
function domainPattern(text: string): string | undefined {
  const domain = fold(domainOf(text))
  return /^[\x21-\x3f\x41-\x7e]*$/.test(domain) ? domain : undefined
}
