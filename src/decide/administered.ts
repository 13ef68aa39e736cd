/** The files that administrators write, read and checked together: all but persons' files, which are read when they are first needed. */
import { Claims, type Domain } from './claims.ts'
import { listRules } from './folder.ts'
import { readListed } from './listed-file.ts'
import type { Problem } from './problem.ts'
import { adviseFile } from './read/advice.ts'
import { adviseGroups } from './read/contradictions.ts'
import type { Kind, PolicyFile } from './read/policy-file.ts'
import type { Abilities } from './policy.ts'
import type { Guard } from './settings.ts'

/** `recipientDelimiter`: each of its characters parts a detail from an address; '': none. `messageLimit` in octets; `today` as `2027-01-31`; `abilities`: of the site. */
export type RulesOptions = {
  readonly recipientDelimiter: string
  readonly messageLimit: number
  readonly today: string
  readonly abilities: Abilities
}

/** With an error among the `problems` none of it is to be used. `paths` of those that were found, readable or not. */
export type Administered = {
  readonly site: PolicyFile | undefined
  readonly domains: readonly Domain[]
  readonly claims: Claims
  readonly problems: readonly Problem[]
  readonly paths: readonly string[]
}

export function readAdministered(root: string, options: RulesOptions): Administered {
  const listed = listRules(root, options.recipientDelimiter)
  const problems: Problem[] = [...listed.problems]
  const paths: string[] = []
  const read = (path: string, kind: Kind): PolicyFile | undefined => {
    paths.push(path)
    const file = readListed(root, path, kind, options.recipientDelimiter)
    if ('problem' in file) problems.push(file.problem)
    return 'problem' in file ? undefined : file
  }
  const readAll = (paths: readonly string[], kind: Kind) =>
    paths.map(path => read(path, kind)).filter(file => file !== undefined)

  const site = listed.site === undefined ? undefined : read(listed.site, 'site')
  const topGroups = readAll(listed.groups, 'top group')
  const domains = [...listed.domains.values()].map((folder): Domain => {
    const file = folder.domainFile === undefined ? undefined : read(folder.domainFile, 'domain')
    return { folder, file, groups: readAll(folder.groups, 'group') }
  })
  const claims = new Claims(domains, topGroups)
  const all: PolicyFile[] = []
  const advise = (guard: Guard, some: readonly (PolicyFile | undefined)[]) => {
    for (const file of some) {
      if (file === undefined) continue
      adviseFile(file, { ...options, guard })
      all.push(file)
    }
  }
  advise(guardOf(undefined, site), [site, ...topGroups])
  for (const domain of domains) {
    advise(guardOf(domain, site), [domain.file, ...domain.groups])
    adviseGroups(domain.groups, topGroups)
  }
  adviseGroups(topGroups, [])
  problems.push(...all.flatMap(({ findings }) => findings.problems))
  return { site, domains, claims, problems, paths }
}

/** The bounce guard that binds the files of a domain. */
export function guardOf(domain: Domain | undefined, site: PolicyFile | undefined): Guard {
  return (domain?.file?.settings.bounceGuard ?? site?.settings.bounceGuard)?.value ?? 'quarantine'
}
