/** Every policy file of the site: which of them count for a recipient, and what they come to (rules/README.md). */
import { LRUCache } from 'lru-cache'
import { splitDetail } from '../address.ts'
import { readAdministered, type RulesOptions } from './administered.ts'
import type { Claims, Files } from './claims.ts'
import type { PolicyAddress } from './facts.ts'
import type { Listing } from './folder.ts'
import { fold } from './glob.ts'
import { readPerson } from './listed-file.ts'
import { merge } from './merge.ts'
import { policyOf, type Abilities, type Policy } from './policy.ts'
import type { Problem } from './problem.ts'
import type { PolicyFile } from './read/policy-file.ts'
import { saysNothing } from './settings.ts'

/** A recipient's policy; or what is wrong with the person's own file, so that the mail has to wait. */
export type Found = { readonly policy: Policy } | { readonly broken: readonly Problem[] }

const maxPolicies = 10_000

export class Rules {
  /** What may be wrong, but keeps at most single persons' mail back. */
  readonly warnings: readonly Problem[]
  readonly #root: string
  readonly #delimiters: string
  readonly #abilities: Abilities
  readonly #site: PolicyFile | undefined
  readonly #claims: Claims
  /** By the names of the files that count, nearest first. */
  readonly #policies = new LRUCache<string, Found>({ max: maxPolicies })

  private constructor(
    root: string,
    { recipientDelimiter, abilities }: RulesOptions,
    site: PolicyFile | undefined,
    claims: Claims,
    warnings: readonly Problem[],
  ) {
    this.#root = root
    this.#delimiters = recipientDelimiter
    this.#abilities = abilities
    this.#site = site
    this.#claims = claims
    this.warnings = warnings
  }

  /** Reads the administrators' files; if one of them is wrong, `problems` are those of all. Never throws for wrong content. */
  static load(root: string, options: RulesOptions): Rules | { readonly problems: readonly Problem[] } {
    const { site, domains, claims, problems } = readAdministered(root, options)
    if (problems.some(({ severity }) => severity === 'error')) return { problems }
    const lost = domains.flatMap(({ folder }) => [...folder.persons.values()].map(({ wrong }) => wrong))
    const warnings = [...problems, ...lost.filter(wrong => wrong !== undefined)]
    return new Rules(root, options, site, claims, warnings)
  }

  /** The original recipient's files count if a person's or a group's file is for him, else the final recipient's. */
  policyFor(recipient: PolicyAddress, original: PolicyAddress | undefined): Found {
    const first = original === undefined ? undefined : this.#filesFor(original)
    const named = first !== undefined && (first.person !== undefined || first.groups.length > 0)
    const { person, groups, domain } = named ? first : this.#filesFor(recipient)
    const farther = [...groups, domain, this.#site].filter(file => file !== undefined)
    const key = [person?.path, ...farther.map(({ findings }) => findings.source.file)].join('\0')
    const cached = this.#policies.get(key)
    if (cached !== undefined) return cached
    const found = this.#merged(person, farther)
    // A broken file is read again at every message, so that mail flows as soon as it is mended.
    if ('policy' in found) this.#policies.set(key, found)
    return found
  }

  #filesFor({ local, domain }: PolicyAddress): Files {
    const name = fold(splitDetail(local, this.#delimiters).base)
    return this.#claims.filesFor(name, fold(domain))
  }

  #merged(person: Listing | undefined, farther: readonly PolicyFile[]): Found {
    const files = [...farther]
    if (person !== undefined) {
      const file = readPerson(this.#root, person, this.#delimiters)
      if ('problem' in file) return { broken: [file.problem] }
      if (file.findings.broken) return { broken: file.findings.problems.filter(({ severity }) => severity === 'error') }
      files.unshift(file)
    }
    const settings = files.map(file => file.settings).reduceRight((merged, one) => merge(one, merged), saysNothing)
    return { policy: policyOf(settings, this.#delimiters, this.#abilities) }
  }
}
