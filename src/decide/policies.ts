/** What several policy files come to, worked out once for every set of them. */
import { LRUCache } from 'lru-cache'
import { merge } from './merge.ts'
import type { PersonFile } from './person-file.ts'
import { policyOf } from './policy-of.ts'
import type { Abilities, Made, Policy } from './policy.ts'
import type { PolicyFile } from './read/policy-file.ts'
import { saysNothing, type Settings } from './settings.ts'

/** How many are known, how often one was, and how often one was not. */
export type PoliciesStats = { readonly entries: number; readonly hits: number; readonly misses: number }

/** Of sets of administrators' files, of which there are about as many as domains and groups: a few kilobytes each, and quickly made again. */
const maxShared = 10_000

/** Those of persons are kept with their files (`PersonFile`). */
export class Policies {
  readonly #delimiters: string
  readonly #abilities: Abilities
  readonly #shared = new LRUCache<string, Made>({ max: maxShared })
  /** Those that were a recipient's whole policy. */
  readonly #asked = new WeakSet<Made>()
  /** A file that changed is another one, so what was worked out from it is never found again, and all else is. */
  readonly #numbers = new WeakMap<PolicyFile, number>()
  #next = 0
  #hits = 0
  #misses = 0

  constructor(delimiters: string, abilities: Abilities) {
    this.#delimiters = delimiters
    this.#abilities = abilities
  }

  /** Without those of persons. */
  stats(): PoliciesStats {
    return { entries: this.#shared.size, hits: this.#hits, misses: this.#misses }
  }

  /** Of administrators' files, nearest first. */
  sharedBy(files: readonly PolicyFile[]): Made {
    const key = files.map(file => this.#numberOf(file)).join()
    const known = this.#shared.get(key)
    if (known !== undefined) return known
    const settings = mergeAll(files)
    const made = { settings, policy: this.#policyOf(settings) }
    this.#shared.set(key, made)
    return made
  }

  /** A recipient's. `own`: the person's file; `shared`: what the others come to. */
  of(own: PersonFile | undefined, shared: Made): Policy {
    if (own === undefined) {
      this.#count(this.#asked.has(shared))
      this.#asked.add(shared)
      return shared.policy
    }
    const known = own.policyOver(shared)
    this.#count(known !== undefined)
    if (known !== undefined) return known
    const policy = this.#policyOf(merge(own.settings, shared.settings), shared)
    own.remember(shared, policy)
    return policy
  }

  #count(isHit: boolean): void {
    if (isHit) this.#hits += 1
    else this.#misses += 1
  }

  #policyOf(settings: Settings, farther?: Made): Policy {
    return policyOf(settings, this.#delimiters, this.#abilities, farther)
  }

  #numberOf(file: PolicyFile): number {
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
