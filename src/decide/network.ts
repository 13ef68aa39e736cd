/** IP addresses and networks, for `client:`. */

/** `bytes` are 4 or 16; the first `bits` of them count. */
export type Network = { readonly bytes: readonly number[]; readonly bits: number }

/** An address, or a network as `10.0.0.0/8`; undefined if it is neither. An IPv4 address in IPv6 dress (`::ffff:10.0.0.1`) is one of IPv4. */
export function networkOf(text: string): Network | undefined {
  const [address = '', bitsText, ...more] = text.split('/')
  const bytes = addressBytes(address)
  if (bytes === undefined || more.length > 0) return undefined
  if (bitsText === undefined) return { bytes, bits: bytes.length * 8 }
  if (!/^\d{1,3}$/.test(bitsText) || Number(bitsText) > bytes.length * 8) return undefined
  return { bytes, bits: Number(bitsText) }
}

/** Whether bits beyond the network's own are set: `10.1.2.3/8` is more likely a slip than a network. */
export function hasHostBits({ bytes, bits }: Network): boolean {
  return bytes.some((byte, i) => (byte & ~mask(bits, i) & 0xff) !== 0)
}

/** `address` as XFORWARD tells it, with or without `IPV6:`. What is no address lies in no network. */
export function liesIn(address: string, network: Network): boolean {
  const bytes = addressBytes(address.replace(/^ipv6:/i, ''))
  if (bytes?.length !== network.bytes.length) return false
  return network.bytes.every((byte, i) => ((byte ^ (bytes[i] ?? 0)) & mask(network.bits, i)) === 0)
}

function mask(bits: number, byte: number): number {
  const left = Math.min(8, Math.max(0, bits - byte * 8))
  return (0xff << (8 - left)) & 0xff
}

function addressBytes(text: string): readonly number[] | undefined {
  if (!text.includes(':')) return ipv4(text)
  if (text.length > 45) return undefined
  const bytes = ipv6(text)
  return bytes?.slice(0, 12).join() === '0,0,0,0,0,0,0,0,0,0,255,255' ? bytes.slice(12) : bytes
}

function ipv4(text: string): readonly number[] | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every(part => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined
  return parts.map(Number)
}

/** RFC 4291 §2.2. */
function ipv6(text: string): readonly number[] | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map((half, i) => groups(half, i === halves.length - 1))
  if (head === undefined) return undefined
  if (halves.length === 1) return head.length === 16 ? head : undefined
  if (tail === undefined || head.length + tail.length > 14) return undefined
  return [...head, ...new Array<number>(16 - head.length - tail.length).fill(0), ...tail]
}

/** The bytes of `2001:db8` or, at the very end of an address, of `ffff:10.0.0.1`. */
function groups(text: string, last: boolean): number[] | undefined {
  if (text === '') return []
  const bytes: number[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    const dotted = last && i === parts.length - 1 ? ipv4(part) : undefined
    if (dotted !== undefined) bytes.push(...dotted)
    else if (/^[0-9a-f]{1,4}$/i.test(part)) bytes.push(parseInt(part, 16) >> 8, parseInt(part, 16) & 0xff)
    else return undefined
  }
  return bytes
}
