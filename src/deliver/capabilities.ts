/** What a next hop offers in its answer to LHLO (RFC 5321 §4.1.1.1). */
import type { Reply } from '../reply.ts'

/** `size`: the limit in octets, 0 if offered without one (RFC 1870 §4), undefined if SIZE is not offered at all. */
export type Capabilities = {
  readonly pipelining: boolean
  readonly chunking: boolean
  readonly eightBitMime: boolean
  readonly smtputf8: boolean
  readonly dsn: boolean
  readonly enhanced: boolean
  readonly size: number | undefined
}

export const noCapabilities: Capabilities = {
  pipelining: false,
  chunking: false,
  eightBitMime: false,
  smtputf8: false,
  dsn: false,
  enhanced: false,
  size: undefined,
}

/** The first line of the reply names the host, each further one an extension; keywords in any case. */
export function readCapabilities(lhlo: Reply): Capabilities {
  const offered = new Map<string, string>()
  for (const line of lhlo.lines.slice(1)) {
    const [keyword = '', parameter = ''] = line.trim().split(' ')
    offered.set(keyword.toUpperCase(), parameter)
  }
  const size = offered.get('SIZE')
  return {
    pipelining: offered.has('PIPELINING'),
    chunking: offered.has('CHUNKING'),
    eightBitMime: offered.has('8BITMIME'),
    smtputf8: offered.has('SMTPUTF8'),
    dsn: offered.has('DSN'),
    enhanced: offered.has('ENHANCEDSTATUSCODES'),
    size: size === undefined ? undefined : /^\d{1,15}$/.test(size) ? Number(size) : 0,
  }
}
