/** The senders that one file allows and blocks, so kept that ten thousand of them cost no more than a few look-ups. */
import type { PolicyAddress } from './facts.ts'
import { fold } from './glob.ts'
import { fits, type AddressPattern } from './pattern.ts'
import type { Place } from './verdict.ts'

export type Listed = { readonly effect: 'allow' | 'block'; readonly pattern: AddressPattern; readonly place: Place }

/** An address to look up (undefined: the null sender). What allows it counts only if it is `trusted`. */
export type Identity = { readonly address: PolicyAddress | undefined; readonly trusted: boolean }

export class SenderTable {
  /** Entries without `*` and `?`, by `local@domain` or by domain. */
  readonly #plain = new Map<string, Listed[]>()
  readonly #wild: Listed[] = []
  readonly #found = new WeakMap<PolicyAddress, readonly Listed[]>()
  #heaviest = { allow: -1, block: -1 }
  readonly entries: readonly Listed[]

  constructor(entries: readonly Listed[]) {
    this.entries = entries
    for (const entry of entries) {
      const { pattern, effect } = entry
      if (pattern.kind === 'null sender' || pattern.isGlob) this.#wild.push(entry)
      else {
        const key = pattern.kind === 'domain' ? pattern.domain : `${pattern.local}@${pattern.domain}`
        this.#plain.set(key, [...(this.#plain.get(key) ?? []), entry])
      }
      if (pattern.kind !== 'null sender') this.#heaviest[effect] = Math.max(this.#heaviest[effect], pattern.weight)
    }
  }

  /** The entry that counts for these: the longest that fits any of them; of equally long ones one that blocks. */
  find(identities: readonly Identity[]): Listed | undefined {
    let best: Listed | undefined
    for (const { address, trusted } of identities)
      for (const entry of this.#fittingOf(address))
        if (trusted || entry.effect === 'block') best = stronger(best, entry)
    return best
  }

  /** Looked up once for an address of a message, however many recipients ask. */
  #fittingOf(address: PolicyAddress | undefined): readonly Listed[] {
    if (address === undefined) return this.#fitting(address)
    const known = this.#found.get(address)
    if (known !== undefined) return known
    const fitting = this.#fitting(address)
    this.#found.set(address, fitting)
    return fitting
  }

  /** Whether some address, not known yet, could turn what `entry` says (undefined: nothing) into something else. */
  couldTurn(entry: Listed | undefined): boolean {
    const { allow, block } = this.#heaviest
    if (entry === undefined) return allow >= 0 || block >= 0
    return entry.effect === 'block' ? allow > entry.pattern.weight : block >= entry.pattern.weight
  }

  /** Whether some address, not known yet, could be found with this effect. */
  has(effect: 'allow' | 'block'): boolean {
    return this.#heaviest[effect] >= 0
  }

  get blocks(): boolean {
    return this.has('block') || this.#wild.some(({ effect }) => effect === 'block')
  }

  #fitting(address: PolicyAddress | undefined): readonly Listed[] {
    const wild = this.#wild.filter(({ pattern }) => fits(pattern, address))
    if (address === undefined) return wild
    const domain = fold(address.domain)
    const keys = [`${fold(address.local)}@${domain}`, domain]
    for (let dot = domain.indexOf('.'); dot >= 0; dot = domain.indexOf('.', dot + 1)) keys.push(domain.slice(dot + 1))
    return [...wild, ...keys.flatMap(key => this.#plain.get(key) ?? [])]
  }
}

function stronger(a: Listed | undefined, b: Listed): Listed {
  if (a === undefined || b.pattern.weight > a.pattern.weight) return b
  return b.pattern.weight === a.pattern.weight && b.effect === 'block' && a.effect === 'allow' ? b : a
}
