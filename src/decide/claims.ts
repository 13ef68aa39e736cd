/** Which files are for an address: those of its domain's folder, of a folder that serves its domain, or of a group that names it. */
import { problemAt, type Problem } from './problem.ts'
import type { Member } from './read/members.ts'
import type { PolicyFile } from './read/policy-file.ts'
import type { DomainFolder } from './tree.ts'

/** A domain's folder with the files in it that administrators write. */
export type Domain = {
  readonly domain: string
  readonly folder: DomainFolder
  readonly file: PolicyFile | undefined
  readonly groups: readonly PolicyFile[]
}

/** Nearest first, without default.yaml. `own`: the domain in whose folder the person's file is, if there is one. */
export type Files = {
  readonly own: string | undefined
  readonly groups: readonly PolicyFile[]
  readonly domain: PolicyFile | undefined
}

/** Two claims that contradict each other, told in one file of each. `domains`: in whose folders. */
export type Conflict = { readonly file: PolicyFile; readonly problem: Problem; readonly domains: readonly string[] }

export class Claims {
  readonly conflicts: readonly Conflict[]
  readonly #found: Conflict[] = []
  /** By its own name, and by those that its `for:` adds. */
  readonly #byDomain = new Map<string, Domain>()
  /** Addresses of domains that nobody else serves, named by a group. */
  readonly #byAddress = new Map<string, Domain>()
  readonly #groups = new Map<Domain, ReadonlyMap<string, readonly PolicyFile[]>>()
  readonly #topGroups: ReadonlyMap<string, readonly PolicyFile[]>

  constructor(domains: readonly Domain[], topGroups: readonly PolicyFile[]) {
    this.conflicts = this.#found
    this.#topGroups = byMember(topGroups)
    for (const domain of domains) {
      this.#byDomain.set(domain.domain, domain)
      this.#groups.set(domain, byMember(domain.groups))
    }
    const places = new Map<string, Claim>()
    for (const domain of domains)
      for (const member of domain.file?.members ?? []) this.#claimDomain(domain, member, places)
    for (const domain of domains)
      for (const group of domain.groups)
        for (const member of group.members) this.#claimAddress(domain, group, member, places)
  }

  /** `local` without its detail; both folded. */
  filesFor(local: string, domain: string): Files {
    const own = this.#byDomain.get(domain)
    const home = own ?? this.#byAddress.get(`${local}@${domain}`)
    // Somebody of a domain that this folder serves too is the same person as in its own domain.
    const names = new Set([`${local}@${domain}`, `${local}@${own?.domain ?? domain}`])
    const near = home === undefined ? undefined : this.#groups.get(home)
    const groups = new Set([
      ...inOrder([...names].flatMap(name => near?.get(name) ?? [])),
      ...inOrder([...names, `${local}@*`].flatMap(name => this.#topGroups.get(name) ?? [])),
    ])
    return { own: own?.domain, groups: [...groups], domain: home?.file }
  }

  #claimDomain(domain: Domain, { value, span }: Member, places: Map<string, Claim>): void {
    const { file } = domain
    const name = value.domain ?? ''
    if (file === undefined) return
    const claim = { domain, file, span }
    const holder = this.#byDomain.get(name)
    if (holder === undefined) {
      this.#byDomain.set(name, domain)
      places.set(name, claim)
    } else if (holder.domain === name) {
      const mend = holder === domain ? 'leave it out, the folder is for it anyway' : 'put the files together'
      this.#report(claim, holder, `${name} has a folder of its own`, mend)
    } else this.#reportTwice(name, claim, holder, places.get(name))
  }

  #claimAddress(domain: Domain, file: PolicyFile, { value, span }: Member, places: Map<string, Claim>): void {
    const claim = { domain, file, span }
    const name = `${value.local ?? ''}@${value.domain ?? ''}`
    const served = this.#byDomain.get(value.domain ?? '')
    const holder = served ?? this.#byAddress.get(name)
    if (holder === undefined) {
      this.#byAddress.set(name, domain)
      places.set(name, claim)
    } else if (holder !== domain && holder.domain === value.domain)
      this.#report(claim, holder, `${value.domain} has a folder of its own`, 'put the group into that folder')
    else if (holder !== domain)
      this.#reportTwice(name, claim, holder, places.get(served === undefined ? name : (value.domain ?? '')))
  }

  #reportTwice(name: string, second: Claim, holder: Domain, first: Claim | undefined): void {
    const mend = (other: Claim | undefined) =>
      other === undefined ? undefined : `also in ${other.file.findings.source.file}`
    const message = `two folders claim ${name}`
    if (first !== undefined) this.#report(first, second.domain, message, mend(second))
    this.#report(second, holder, message, mend(first))
  }

  #report({ domain, file, span }: Claim, other: Domain, message: string, mend: string | undefined): void {
    const problem = problemAt(file.findings.source, span, 'error', 'claimed-twice', message, mend)
    this.#found.push({ file, problem, domains: [domain.domain, other.domain] })
  }
}

type Claim = Pick<Member, 'span'> & { readonly domain: Domain; readonly file: PolicyFile }

function byMember(groups: readonly PolicyFile[]): ReadonlyMap<string, readonly PolicyFile[]> {
  const found = new Map<string, PolicyFile[]>()
  for (const group of groups)
    for (const { value } of group.members) {
      const name = `${value.local ?? '*'}@${value.domain ?? '*'}`
      found.set(name, [...(found.get(name) ?? []), group])
    }
  return found
}

/** Groups of one folder, by the names of their files. */
function inOrder(groups: readonly PolicyFile[]): readonly PolicyFile[] {
  const name = ({ findings }: PolicyFile) => findings.source.file
  return [...groups].sort((a, b) => (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0))
}
