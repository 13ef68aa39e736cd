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
import { saysNothing, type Settings } from './settings.ts'

/** What is wrong with the person's own file, so that the mail has to wait. */
type Broken = { readonly broken: readonly Problem[] }

/** A recipient's policy. */
export type Found = { readonly policy: Policy } | Broken

/** The files that count for a recipient, nearest first, and what they say together. `forOriginal`: they are the original recipient's. */
export type Layers = {
  readonly files: readonly PolicyFile[]
  readonly settings: Settings
  readonly forOriginal: boolean
}

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
    const { person, farther } = this.#chainFor(recipient, original)
    const key = [person?.path, ...farther.map(({ findings }) => findings.source.file)].join('\0')
    const cached = this.#policies.get(key)
    if (cached !== undefined) return cached
    const layers = this.#layers(person, farther)
    const found = 'broken' in layers ? layers : { policy: policyOf(layers.settings, this.#delimiters, this.#abilities) }
    // A broken file is read again at every message, so that mail flows as soon as it is mended.
    if ('policy' in found) this.#policies.set(key, found)
    return found
  }

  /** What `policyFor` goes by, for whoever asks why. The person's file is read anew. */
  layersFor(recipient: PolicyAddress, original: PolicyAddress | undefined): Layers | Broken {
    const { person, farther, forOriginal } = this.#chainFor(recipient, original)
    const layers = this.#layers(person, farther)
    return 'broken' in layers ? layers : { ...layers, forOriginal }
  }

  #chainFor(
    recipient: PolicyAddress,
    original: PolicyAddress | undefined,
  ): { readonly person: Listing | undefined; readonly farther: readonly PolicyFile[]; readonly forOriginal: boolean } {
    const first = original === undefined ? undefined : this.#filesFor(original)
    const named = first !== undefined && (first.person !== undefined || first.groups.length > 0)
    const { person, groups, domain } = named ? first : this.#filesFor(recipient)
    const farther = [...groups, domain, this.#site].filter(file => file !== undefined)
    return { person, farther, forOriginal: named }
  }

  #filesFor({ local, domain }: PolicyAddress): Files {
    const name = fold(splitDetail(local, this.#delimiters).base)
    return this.#claims.filesFor(name, fold(domain))
  }

  #layers(person: Listing | undefined, farther: readonly PolicyFile[]): Omit<Layers, 'forOriginal'> | Broken {
    const files = [...farther]
    if (person !== undefined) {
      const file = readPerson(this.#root, person, this.#delimiters)
      if ('problem' in file) return { broken: [file.problem] }
      if (file.findings.broken) return { broken: file.findings.problems.filter(({ severity }) => severity === 'error') }
      files.unshift(file)
    }
    const settings = files.map(file => file.settings).reduceRight((merged, one) => merge(one, merged), saysNothing)
    return { files, settings }
  }
}
