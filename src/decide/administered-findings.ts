/** What is wrong in administrators' files, and what advice they need when all of them are seen together. */
import type { RulesOptions } from './administered.ts'
import type { Conflict, Domain } from './claims.ts'
import type { Problem } from './problem.ts'
import { adviseFile } from './read/advice.ts'
import { adviseGroups } from './read/contradictions.ts'
import type { PolicyFile } from './read/policy-file.ts'
import { Findings } from './read/tree.ts'
import type { Guard } from './settings.ts'
import { adviseUsers } from './users-advice.ts'
import { limitsOf } from './users.ts'

/** What one folder has; `file` is default.yaml or _domain.yaml. */
type Written = Pick<Domain, 'file' | 'groups'>

/** File by file, each in the order of its lines. Files that are `known` get advice for the sake of others alone, which may have changed. */
export function findingsIn(
  top: Written,
  domains: readonly Written[],
  conflicts: readonly Conflict[],
  options: RulesOptions,
  known: ReadonlySet<PolicyFile | undefined>,
): readonly Problem[] {
  const folders = [top, ...domains]
  const files = folders.flatMap(filesOf)
  // The findings of a file stay what its reading found: other files change beside it.
  const advised = new Map(files.map(file => [file, { ...file, findings: new Findings(file.findings.source) }]))
  const copies = (some: readonly PolicyFile[]) => some.map(file => advised.get(file)).filter(file => file !== undefined)
  const site = limitsOf(undefined, top.file)
  for (const folder of folders) {
    const guard = guardOf(folder, top.file)
    const own = filesOf(folder)
    for (const file of copies(own.filter(one => !known.has(one)))) adviseFile(file, { ...options, guard })
    for (const file of copies(own)) adviseUsers(file, folder === top ? [] : site)
    adviseGroups(copies(folder.groups), folder === top ? [] : copies(top.groups))
  }
  return files.flatMap(file => {
    const advice = advised.get(file)?.findings.problems ?? []
    const contradicted = conflicts.filter(conflict => conflict.file === file).map(({ problem }) => problem)
    return [...file.findings.problems, ...contradicted, ...advice].sort(
      (a, b) => a.line - b.line || a.column - b.column,
    )
  })
}

export function filesOf({ file, groups }: Written): readonly PolicyFile[] {
  return file === undefined ? groups : [file, ...groups]
}

/** The bounce guard that binds the files of a domain. */
export function guardOf(domain: Pick<Domain, 'file'> | undefined, site: PolicyFile | undefined): Guard {
  return (domain?.file?.settings.bounceGuard ?? site?.settings.bounceGuard)?.value ?? 'quarantine'
}
