/** The files that administrators write, read and checked together: all but persons' files, which are read when they are first needed. */
import { atOnce, type Slices } from '../slices.ts'
import { filesOf, findingsIn } from './administered-findings.ts'
import { Claims, type Conflict, type Domain } from './claims.ts'
import { domainsIn, namesAtTop, namesInDomain, type Named, type Written } from './folder-names.ts'
import { PolicyFiles } from './policy-files.ts'
import type { Abilities } from './policy.ts'
import type { Problem } from './problem.ts'
import type { Kind, PolicyFile } from './read/policy-file.ts'
import type { Unread } from './source-file.ts'
import { survey, type DomainFolder, type Tree } from './tree.ts'

/** `recipientDelimiter`: each of its characters parts a detail from an address; '': none. `messageLimit` in octets; `today` as `2027-01-31`; `abilities`: of the site. */
export type RulesOptions = {
  readonly recipientDelimiter: string
  readonly messageLimit: number
  readonly today: string
  readonly abilities: Abilities
}

/** `problems` of what is on disk, `paths` of the files there, readable or not. `isSettled`: none of them was changed meanwhile. */
export type Administered = {
  readonly site: PolicyFile | undefined
  readonly topGroups: readonly PolicyFile[]
  readonly domains: readonly Domain[]
  readonly claims: Claims
  readonly problems: readonly Problem[]
  readonly paths: readonly string[]
  readonly isSettled: boolean
}

/** With an error among the problems none of it is to be used. */
export function readAdministered(root: string, options: RulesOptions): Administered {
  const { recipientDelimiter } = options
  const tree = atOnce(survey(root, recipientDelimiter))
  return atOnce(administer(tree, new PolicyFiles(root, recipientDelimiter), options))
}

/**
 * What counts of a tree. A folder in which an administrator's file is wrong, or contradicts another folder's, counts with all such files as
 * it did in `last`, where everything agreed; without `last`, as it is. Files that `last` had get no advice again but for the sake of others.
 */
export function* administer(
  tree: Tree,
  files: PolicyFiles,
  options: RulesOptions,
  last?: Administered,
): Slices<Administered> {
  const top = readFolder('', undefined, namesAtTop(tree), files)
  const folders: ReadFolder[] = []
  for (const { domain, folder, problems } of domainsIn(tree)) {
    if (folder === undefined) folders.push({ domain, folder, ...nothing, problems })
    else folders.push(readFolder(domain, folder, namesInDomain(folder), files))
    if (folders.length % perSlice === 0) yield
  }
  const read = [top, ...folders]
  const { conflicts, ...agreed } = agreement(top, folders, last)
  const known = new Set(last === undefined ? [] : [last.site, ...last.topGroups, ...last.domains.flatMap(filesOf)])
  return {
    ...agreed,
    problems: [...read.flatMap(one => one.problems), ...findingsIn(top, folders, conflicts, options, known)],
    paths: read.flatMap(one => one.paths),
    isSettled: !read.some(one => one.isChanging),
  }
}

/** Folders go back to what they said in `last` until nothing is wrong in them, and none contradicts another. */
function agreement(
  top: ReadFolder,
  folders: readonly ReadFolder[],
  last: Administered | undefined,
): Pick<Administered, 'site' | 'topGroups' | 'domains' | 'claims'> & { readonly conflicts: readonly Conflict[] } {
  const kept = new Set([top, ...folders].filter(isWrong).map(({ domain }) => domain))
  const conflicts: Conflict[] = []
  for (;;) {
    const { site, topGroups } = last !== undefined && kept.has('') ? last : { site: top.file, topGroups: top.groups }
    const domains = folders.flatMap(one =>
      last !== undefined && kept.has(one.domain) ? lastOf(one, last) : domainOf(one),
    )
    const claims = new Claims(domains, topGroups)
    conflicts.push(...claims.conflicts)
    const culprits = claims.conflicts.flatMap(conflict => conflict.domains).filter(domain => !kept.has(domain))
    if (last === undefined || culprits.length === 0) return { site, topGroups, domains, claims, conflicts }
    for (const domain of culprits) kept.add(domain)
  }
}

/** What administrators wrote in one folder, the root being ''. `file`: default.yaml or _domain.yaml. `problems` without those of the files read. */
type ReadFolder = {
  readonly domain: string
  readonly folder: DomainFolder | undefined
  readonly file: PolicyFile | undefined
  readonly groups: readonly PolicyFile[]
  readonly problems: readonly Problem[]
  readonly paths: readonly string[]
  readonly isChanging: boolean
}

/** Folders of which each has a few files. */
const perSlice = 8

const nothing = { file: undefined, groups: [], paths: [], isChanging: false } as const

function readFolder(
  domain: string,
  folder: DomainFolder | undefined,
  { main, groups, problems }: Named,
  files: PolicyFiles,
): ReadFolder {
  const unread: Unread[] = []
  const read = ({ path, stamp }: Written, kind: Kind): readonly PolicyFile[] => {
    const file = files.administered(path, stamp, kind)
    if (!('problem' in file)) return [file]
    unread.push(file)
    return []
  }
  const isTop = folder === undefined
  return {
    domain,
    folder,
    file: main === undefined ? undefined : read(main, isTop ? 'site' : 'domain')[0],
    groups: groups.flatMap(group => read(group, isTop ? 'top group' : 'group')),
    problems: [...problems, ...unread.map(({ problem }) => problem)],
    paths: [...(main === undefined ? [] : [main]), ...groups].map(({ path }) => path),
    isChanging: unread.some(({ changing }) => changing),
  }
}

function isWrong(folder: ReadFolder): boolean {
  return (
    folder.problems.some(({ severity }) => severity === 'error') ||
    filesOf(folder).some(({ findings }) => findings.broken)
  )
}

function domainOf({ domain, folder, file, groups }: ReadFolder): readonly Domain[] {
  return folder === undefined ? [] : [{ domain, folder, file, groups }]
}

/** Persons' files have nothing to do with the administrators' ones being wrong. */
function lastOf({ domain, folder }: ReadFolder, last: Administered): readonly Domain[] {
  const found = last.domains.filter(one => one.domain === domain)
  return folder === undefined ? found : found.map(one => ({ ...one, folder }))
}
