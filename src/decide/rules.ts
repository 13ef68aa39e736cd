/** One version of all policy files of the site: which of them count for a recipient, and what they come to (rules/README.md). */
import { LRUCache } from 'lru-cache'
import { splitDetail } from '../address.ts'
import type { Administered } from './administered.ts'
import type { Domain, Files } from './claims.ts'
import type { PolicyAddress } from './facts.ts'
import { wasGood, type FormerLimits } from './former-limits.ts'
import { fold } from './glob.ts'
import type { PersonFile } from './person-file.ts'
import type { Listing } from './persons.ts'
import { mergeAll, type Policies } from './policies.ts'
import type { Hold, PolicyFiles } from './policy-files.ts'
import type { Made, Policy } from './policy.ts'
import type { Problem } from './problem.ts'
import type { PolicyFile } from './read/policy-file.ts'
import type { Settings } from './settings.ts'
import { errorsOf, isGood, limitsOf } from './users.ts'

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

/** The newest good versions of persons' files that are broken now, by `personKey`. */
export type LastGood = ReadonlyMap<string, PersonFile>

export type RulesParts = {
  readonly administered: Administered
  readonly lastGood: LastGood
  /** By domain. */
  readonly former: ReadonlyMap<string, FormerLimits>
  /** What was read and worked out before; a newer version has the same. */
  readonly files: PolicyFiles
  readonly policies: Policies
  readonly delimiters: string
  /** Told whenever a person's file is found that cannot be used. */
  readonly onUnusable: (unusable: Unusable) => void
}

/** `isChanging`: the file on disk is not the listed one any more. `hasLastGood`: mail need not wait. */
export type Unusable = {
  readonly listing: Listing
  readonly problems: readonly Problem[]
  readonly isChanging: boolean
  readonly hasLastGood: boolean
}

/** `own`: the person's file; `farther`: the others, nearest first. */
type Chain = {
  readonly own: PersonFile | undefined
  readonly farther: readonly PolicyFile[]
  readonly forOriginal: boolean
}

/** How a recipient's policy is found again: his own file, if he has one, and what the others come to. */
type Way = { readonly own: Hold | undefined; readonly shared: Made }

/** Nothing in it ever changes: whoever holds it gets the same answer to the same question, or none. */
export class Rules {
  readonly #parts: RulesParts
  readonly #domains: ReadonlyMap<string, Domain>
  /** Of recipients who come as they were addressed at first; to find the files again takes as long as all decisions. */
  readonly #ways: LRUCache<string, Way>

  constructor(parts: RulesParts) {
    this.#parts = parts
    this.#ways = new LRUCache({ maxSize: Math.ceil(parts.files.room / 8), sizeCalculation: sizeOf })
    this.#domains = new Map(parts.administered.domains.map(domain => [domain.domain, domain]))
  }

  /** The original recipient's files count if a person's or a group's file is for him, else the final recipient's. */
  policyFor(recipient: PolicyAddress, original: PolicyAddress | undefined): Found {
    // A quoted local part may have an @ in it, and so may what the sender calls a domain; neither has a line's end.
    const name = original === undefined ? `${recipient.domain}\n${recipient.local}` : undefined
    const known = name === undefined ? undefined : this.#known(name)
    if (known !== undefined) return { policy: known }
    const chain = this.#chainFor(recipient, original)
    // What is broken is looked at again each time, so that it counts as soon as it is mended.
    if ('broken' in chain) return chain
    const { policies } = this.#parts
    const shared = policies.sharedBy(chain.farther)
    if (name !== undefined) this.#remember(name, chain.own, shared)
    return { policy: policies.of(chain.own, shared) }
  }

  /** Undefined: nobody asked yet, or his own file is not kept any more. */
  #known(name: string): Policy | undefined {
    const way = this.#ways.get(name)
    if (way === undefined) return undefined
    const { files, policies } = this.#parts
    if (way.own === undefined) return policies.of(undefined, way.shared)
    const own = files.use(way.own)
    return own === undefined ? undefined : policies.of(own, way.shared)
  }

  #remember(name: string, own: PersonFile | undefined, shared: Made): void {
    const hold = own === undefined ? undefined : this.#parts.files.holdOf(own)
    if (own === undefined || hold !== undefined) this.#ways.set(name, { own: hold, shared })
  }

  /** What `policyFor` goes by, for whoever asks why. */
  layersFor(recipient: PolicyAddress, original: PolicyAddress | undefined): Layers | Broken {
    const chain = this.#chainFor(recipient, original)
    if ('broken' in chain) return chain
    const { own, farther, forOriginal } = chain
    const files = own === undefined ? farther : [own.whole, ...farther]
    return { files, settings: mergeAll(files), forOriginal }
  }

  #chainFor(recipient: PolicyAddress, original: PolicyAddress | undefined): Chain | Broken {
    const first = original === undefined ? undefined : this.#chainOf(original)
    const forOriginal = first !== undefined && (first.person !== undefined || first.groups.length > 0)
    const { local, own, person, groups, domain } = forOriginal ? first : this.#chainOf(recipient)
    const farther = [...groups, domain, this.#parts.administered.site].filter(file => file !== undefined)
    if (own === undefined || person === undefined) return { own: undefined, farther, forOriginal }
    const file = this.#personFile(own, local, person)
    return 'broken' in file ? file : { own: file, farther, forOriginal }
  }

  #chainOf({ local, domain }: PolicyAddress): Files & { readonly local: string; readonly person: Listing | undefined } {
    const name = fold(splitDetail(local, this.#parts.delimiters).base)
    const files = this.#parts.administered.claims.filesFor(name, fold(domain))
    const folder = files.own === undefined ? undefined : this.#domains.get(files.own)?.folder
    return { ...files, local: name, person: folder?.persons.get(name) }
  }

  /** A broken file counts as it did when it was good. */
  #personFile(domain: string, local: string, listing: Listing): PersonFile | Broken {
    const file = this.#parts.files.person(listing)
    const limits = limitsOf(this.#domains.get(domain)?.file, this.#parts.administered.site)
    if (isGood(file, limits)) return file
    const good = this.#parts.lastGood.get(personKey(domain, local))
    if (good !== undefined) return good
    const problems = errorsOf(file, limits)
    const hasLastGood = wasGood(file, local, this.#parts.former.get(domain))
    this.#parts.onUnusable({ listing, problems, isChanging: 'changing' in file && file.changing, hasLastGood })
    return hasLastGood ? file : { broken: problems }
  }
}

/** Of a way, in octets of memory, about. */
function sizeOf(_: Way, name: string): number {
  return 200 + 2 * name.length
}

export function personKey(domain: string, local: string): string {
  return `${local}@${domain}`
}
