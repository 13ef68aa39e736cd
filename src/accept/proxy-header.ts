/** The PROXY protocol's header, versions 1 and 2 (haproxy.org, proxy-protocol.txt): which client a load balancer speaks for. Knows no socket. */
import { isIP } from 'node:net'

/** `address` undefined: the balancer speaks for itself, to look after our health. `length`: octets of the header, the dialogue follows. */
export type ProxyHeader =
  | { readonly kind: 'whole'; readonly length: number; readonly address: string | undefined }
  | { readonly kind: 'part' }
  | { readonly kind: 'wrong' }

const part: ProxyHeader = { kind: 'part' }
const wrong: ProxyHeader = { kind: 'wrong' }

const longestLine = 107
const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const fixed = 16
/** Addresses take 36 octets; the rest is for what a balancer tells besides, which we do not read. */
const longestRest = 4096

/** What the connection began with so far. */
export function readProxyHeader(begin: Buffer): ProxyHeader {
  const known = Math.min(begin.length, signature.length)
  return begin.compare(signature, 0, known, 0, known) === 0 ? readBinary(begin) : readLine(begin)
}

/** Version 1: `PROXY TCP4 192.0.2.1 192.0.2.2 4242 24` */
function readLine(begin: Buffer): ProxyHeader {
  const text = begin.toString('latin1', 0, longestLine)
  const end = text.indexOf('\r\n')
  if (end < 0) return text.length < longestLine && mayBegin(text) ? part : wrong
  const length = end + 2
  const line = text.slice(0, end)
  if (/^PROXY UNKNOWN(?: |$)/.test(line)) return { kind: 'whole', length, address: undefined }
  const form = /^PROXY TCP([46]) (\S+) (\S+) (\d{1,5}) (\d{1,5})$/.exec(line)
  const [, family, source = '', destination = ''] = form ?? []
  const version = Number(family)
  if (form === null || isIP(source) !== version || isIP(destination) !== version) return wrong
  return { kind: 'whole', length, address: source }
}

/** A client that speaks without a header is told at its first letter, not at its last. */
function mayBegin(text: string): boolean {
  return 'PROXY '.startsWith(text.slice(0, 6))
}

function readBinary(begin: Buffer): ProxyHeader {
  if (begin.length < fixed) return part
  const [command = 0, family = 0] = begin.subarray(12, 14)
  const rest = begin.readUInt16BE(14)
  if ((command !== 0x20 && command !== 0x21) || rest > longestRest) return wrong
  const length = fixed + rest
  if (begin.length < length) return part
  if (command === 0x20) return { kind: 'whole', length, address: undefined }
  const address = addressOf(family, begin.subarray(fixed, length))
  return address === undefined ? wrong : { kind: 'whole', length, address }
}

/** Source and destination, then the ports; of TCP over IPv4 or IPv6. */
function addressOf(family: number, octets: Buffer): string | undefined {
  if (family === 0x11 && octets.length >= 12) return octets.subarray(0, 4).join('.')
  if (family !== 0x21 || octets.length < 36) return undefined
  const groups = Array.from({ length: 8 }, (_, i) => octets.readUInt16BE(2 * i).toString(16))
  const mapped = /^0:0:0:0:0:ffff:/.test(groups.join(':'))
  return mapped ? octets.subarray(12, 16).join('.') : new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}
