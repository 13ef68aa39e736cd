/** Which client addresses may connect. */
import { BlockList, isIP } from 'node:net'
import { LRUCache } from 'lru-cache'

/** This machine alone. */
export const loopback: readonly string[] = ['127.0.0.0/8', '::1/128']

export class Trust {
  readonly #list = new BlockList()
  /** A gate has few clients, and they come often. */
  readonly #known = new LRUCache<string, boolean>({ max: 1000 })

  /** Networks in CIDR notation or single addresses, checked by the configuration. Throws on others. */
  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const [address = '', bits] = network.split('/')
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
      if (bits === undefined) this.#list.addAddress(address, family)
      else this.#list.addSubnet(address, Number(bits), family)
    }
  }

  /** `address` undefined: a Unix socket, whose mode decides. */
  has(address: string | undefined): boolean {
    if (address === undefined) return true
    const known = this.#known.get(address)
    if (known !== undefined) return known
    const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
    const has = this.#list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4')
    this.#known.set(address, has)
    return has
  }
}
