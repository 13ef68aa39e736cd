/** Which client addresses may connect. */
import { BlockList, isIP } from 'node:net'

export class Trust {
  readonly #list = new BlockList()

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
    const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
    return this.#list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4')
  }
}
