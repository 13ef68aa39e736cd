/** What several policy files come to, worked out once for every set of them. */
import { LRUCache } from 'lru-cache'
import { merge } from './merge.ts'
import type { PersonFile } from './person-file.ts'
import { policyOf, type Abilities, type Made, type Policy } from './policy.ts'
import type { PolicyFile } from './read/policy-file.ts'
import { saysNothing, type Settings } from './settings.ts'

/** How many are known, how often one was, and how often one was not. */
export type PoliciesStats = { readonly entries: number; readonly hits: number; readonly misses: number }

const maxPolicies = 10_000

export class Policies {
  readonly #delimiters: string
  readonly #abilities: Abilities
  readonly #policies = new LRUCache<string, Policy>({ max: maxPolicies })
  /** Of administrators' files alone. */
  readonly #shared = new LRUCache<string, Made>({ max: maxPolicies })
  /** A file that changed is another one, so what was worked out from it is never found again, and all else is. */
  readonly #numbers = new WeakMap<PolicyFile | PersonFile, number>()
  #next = 0
  #hits = 0
  #misses = 0

  constructor(delimiters: string, abilities: Abilities) {
    this.#delimiters = delimiters
    this.#abilities = abilities
  }

  stats(): PoliciesStats {
    return { entries: this.#policies.size, hits: this.#hits, misses: this.#misses }
  }

  /** `own`: the person's file; `farther`: the others, nearest first. */
  of(own: PersonFile | undefined, farther: readonly PolicyFile[]): Policy {
    const key = this.#keyOf(own === undefined ? farther : [own, ...farther])
    const known = this.#policies.get(key)
    if (known !== undefined) {
      this.#hits += 1
      return known
    }
    this.#misses += 1
    const shared = this.#sharedBy(farther)
    const policy = own === undefined ? shared.policy : this.#policyOf(merge(own.settings, shared.settings), shared)
    this.#policies.set(key, policy)
    return policy
  }

  /** One of them was found without being asked for here. */
  found(): void {
    this.#hits += 1
  }

  #sharedBy(files: readonly PolicyFile[]): Made {
    const key = this.#keyOf(files)
    const known = this.#shared.get(key)
    if (known !== undefined) return known
    const settings = mergeAll(files)
    const made = { settings, policy: this.#policyOf(settings) }
    this.#shared.set(key, made)
    return made
  }

  #policyOf(settings: Settings, farther?: Made): Policy {
    return policyOf(settings, this.#delimiters, this.#abilities, farther)
  }

  #keyOf(files: readonly (PolicyFile | PersonFile)[]): string {
    return files.map(file => this.#numberOf(file)).join()
  }

  #numberOf(file: PolicyFile | PersonFile): number {
    const known = this.#numbers.get(file)
    if (known !== undefined) return known
    this.#next += 1
    this.#numbers.set(file, this.#next)
    return this.#next
  }
}

/** `files`: nearest first. */
export function mergeAll(files: readonly PolicyFile[]): Settings {
  return files.map(file => file.settings).reduceRight((merged, one) => merge(one, merged), saysNothing)
}
