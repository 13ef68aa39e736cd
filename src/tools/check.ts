/** `lmtp-gate check`: every policy file read, persons' too, and all that is wrong with them. */
import { guardOf, readAdministered, type RulesOptions } from '../decide/administered.ts'
import { shown } from '../decide/folder.ts'
import { readPerson } from '../decide/listed-file.ts'
import type { Problem } from '../decide/problem.ts'
import { adviseFile } from '../decide/read/advice.ts'

/** `only`: the files that are asked about, as problems name them; undefined: all. */
export type CheckOptions = RulesOptions & { readonly only?: ReadonlySet<string> | undefined }

export type Checked = {
  readonly problems: readonly Problem[]
  /** Names of the files that were asked about. */
  readonly files: readonly string[]
  /** Whether a file that administrators write is wrong, so that nothing of all can be used. */
  readonly stopped: boolean
  /** Addresses of persons whose own files are wrong. */
  readonly waiting: readonly string[]
}

export function checkRules(root: string, options: CheckOptions): Checked {
  const isAsked = (file: string) => options.only?.has(file) !== false
  const { site, domains, problems: administered, paths } = readAdministered(root, options)
  const problems = administered.filter(({ file }) => isAsked(file))
  const files = paths.map(shown).filter(isAsked)
  const stopped = problems.some(({ severity }) => severity === 'error')
  const waiting: string[] = []
  for (const domain of domains)
    for (const [local, listing] of domain.folder.persons) {
      const name = shown(listing.path)
      if (!isAsked(name)) continue
      files.push(name)
      const file = readPerson(root, listing, options.recipientDelimiter)
      if ('findings' in file) adviseFile(file, { ...options, guard: guardOf(domain, site) })
      problems.push(...('findings' in file ? file.findings.problems : [file.problem]))
      if ('problem' in file || file.findings.broken) waiting.push(`${local}@${domain.folder.domain}`)
    }
  return { problems, files, stopped, waiting }
}
