/** Every policy file of the site: which of them count for a recipient, and what they come to (POLICY.md §2). */
import { LRUCache } from 'lru-cache'
import { splitDetail } from '../address.ts'
import { Claims } from './claims.ts'
import type { PolicyAddress } from './facts.ts'
import { listRules, type Listing } from './folder.ts'
import { fold } from './glob.ts'
import type { Problem } from './problem.ts'
import { readListed, readPerson } from './listed-file.ts'
import type { Kind, PolicyFile } from './read/policy-file.ts'
import { merge, policyOf, saysNothing, type Policy } from './settings.ts'

/** `recipientDelimiter`: each of its characters parts a detail from an address; '': none. `messageLimit` in octets; `today` as `2027-01-31`. */
export type RulesOptions = {
  readonly recipientDelimiter: string
  readonly messageLimit: number
  readonly today: string
}

/** A recipient's policy; or what is wrong with the person's own file, so that the mail has to wait. */
export type Found = { readonly policy: Policy } | { readonly broken: readonly Problem[] }

const maxPolicies = 10_000

export class Rules {
  /** What may be wrong but keeps nobody's mail back. */
  readonly warnings: readonly Problem[]
  readonly #root: string
  readonly #options: RulesOptions
  readonly #site: PolicyFile | undefined
  readonly #claims: Claims
  /** By the names of the files that count, nearest first. */
  readonly #policies = new LRUCache<string, Found>({ max: maxPolicies })

  private constructor(
    root: string,
    options: RulesOptions,
    site: PolicyFile | undefined,
    claims: Claims,
    warnings: readonly Problem[],
  ) {
    this.#root = root
    this.#options = options
    this.#site = site
    this.#claims = claims
    this.warnings = warnings
  }

  /** Reads the administrators' files; `problems`, if one of them is wrong, are those of all. */
  static load(root: string, options: RulesOptions): Rules | { readonly problems: readonly Problem[] } {
    const listed = listRules(root, options.recipientDelimiter)
    const problems: Problem[] = [...listed.problems]
    const read = (path: string, kind: Kind) => {
      const file = readListed(root, path, kind, options.recipientDelimiter)
      if ('problem' in file) problems.push(file.problem)
      return 'problem' in file ? undefined : file
    }
    const readAll = (paths: readonly string[], kind: Kind) =>
      paths.map(path => read(path, kind)).filter(file => file !== undefined)
    const site = listed.site === undefined ? undefined : read(listed.site, 'site')
    const groups = readAll(listed.groups, 'top group')
    const domains = [...listed.domains.values()].map(folder => ({
      folder,
      file: folder.domainFile === undefined ? undefined : read(folder.domainFile, 'domain'),
      groups: readAll(folder.groups, 'group'),
    }))
    const claims = new Claims(domains, groups)
    const files = [site, ...groups, ...domains.flatMap(domain => [domain.file, ...domain.groups])].filter(
      file => file !== undefined,
    )
    problems.push(...files.flatMap(({ findings }) => findings.problems))
    return problems.some(({ severity }) => severity === 'error')
      ? { problems }
      : new Rules(root, options, site, claims, problems)
  }

  /** The original recipient's files count if a person's or a group's file is for him, else the final recipient's. */
  policyFor(recipient: PolicyAddress, original: PolicyAddress | undefined): Found {
    const first = original === undefined ? undefined : this.#filesFor(original)
    const { person, groups, domain } =
      first !== undefined && (first.person !== undefined || first.groups.length > 0) ? first : this.#filesFor(recipient)
    const farther = [...groups, domain, this.#site].filter(file => file !== undefined)
    const key = [person?.path, ...farther.map(({ findings }) => findings.source.file)].join('\0')
    const cached = this.#policies.get(key)
    if (cached !== undefined) return cached
    const found = this.#merged(person, farther)
    this.#policies.set(key, found)
    return found
  }

  #filesFor({ local, domain }: PolicyAddress) {
    const name = fold(splitDetail(local, this.#options.recipientDelimiter).base)
    return this.#claims.filesFor(name, fold(domain))
  }

  #merged(person: Listing | undefined, farther: readonly PolicyFile[]): Found {
    const files = [...farther]
    if (person !== undefined) {
      const file = readPerson(this.#root, person, this.#options.recipientDelimiter)
      if ('problem' in file) return { broken: [file.problem] }
      if (file.findings.broken) return { broken: file.findings.problems.filter(({ severity }) => severity === 'error') }
      files.unshift(file)
    }
    const settings = files.map(file => file.settings).reduceRight((merged, one) => merge(one, merged), saysNothing)
    return { policy: policyOf(settings, this.#options.recipientDelimiter) }
  }
}
