/** `lmtp-gate check`: every policy file read, persons' too, and all that is wrong with them. */
import { dirname } from 'node:path'
import { guardOf } from '../decide/administered-findings.ts'
import { readAdministered, type RulesOptions } from '../decide/administered.ts'
import { readPerson } from '../decide/listed-file.ts'
import { merge } from '../decide/merge.ts'
import { PersonFile } from '../decide/person-file.ts'
import type { Problem } from '../decide/problem.ts'
import { adviseFile } from '../decide/read/advice.ts'
import { adviseChain } from '../decide/read/chain-advice.ts'
import type { PolicyFile } from '../decide/read/policy-file.ts'
import { Findings } from '../decide/read/tree.ts'
import { saysNothing } from '../decide/settings.ts'
import { shown } from '../decide/source-file.ts'
import { errorsOf, limitsOf } from '../decide/users.ts'

/** `only`: the files that are asked about, as problems name them; undefined: all. */
export type CheckOptions = RulesOptions & { readonly only?: ReadonlySet<string> | undefined }

export type Checked = {
  readonly problems: readonly Problem[]
  /** Names of the files that were asked about. */
  readonly files: readonly string[]
  /** Folders in which a file that administrators write is wrong, so that the gate does not start. */
  readonly stopped: readonly string[]
  /** Addresses of persons whose own files are wrong. */
  readonly waiting: readonly string[]
}

export function checkRules(root: string, options: CheckOptions): Checked {
  const isAsked = (file: string) => options.only?.has(file) !== false
  const { site, topGroups, domains, claims, problems: administered, paths } = readAdministered(root, options)
  const problems = administered.filter(({ file }) => isAsked(file))
  const files = paths.map(shown).filter(isAsked)
  const wrong = problems.filter(({ severity }) => severity === 'error').map(({ file }) => dirname(file))
  const stopped = [...new Set(wrong)].sort()
  const waiting: string[] = []
  problems.push(...[site, ...topGroups].flatMap(one => chainAdvice(one, one === site ? [] : [site], false)))
  for (const { domain, folder, file, groups } of domains) {
    problems.push(...[file, ...groups].flatMap(one => chainAdvice(one, one === file ? [site] : [file, site], false)))
    const limits = limitsOf(file, site)
    for (const [local, listing] of folder.persons) {
      const name = shown(listing.path)
      if (!isAsked(name)) continue
      files.push(name)
      const person = readPerson(root, listing, options.recipientDelimiter)
      const errors = errorsOf('problem' in person ? person : new PersonFile(person, name, () => person), limits)
      problems.push(...errors)
      if ('findings' in person) {
        adviseFile(person, { ...options, guard: guardOf({ file }, site) })
        problems.push(...person.findings.problems.filter(({ severity }) => severity === 'warning'))
        problems.push(...chainAdvice(person, [...claims.filesFor(local, domain).groups, file, site], true))
      }
      if (errors.length > 0) waiting.push(`${local}@${domain}`)
    }
  }
  return { problems: inOrder(problems.filter(({ file }) => isAsked(file))), files, stopped, waiting }
}

/** `farther`: the files behind it, nearest first. */
function chainAdvice(
  file: PolicyFile | undefined,
  farther: readonly (PolicyFile | undefined)[],
  isNearest: boolean,
): readonly Problem[] {
  if (file === undefined) return []
  const said = farther.filter(one => one !== undefined).map(one => one.settings)
  const settings = said.reduceRight((merged, one) => merge(one, merged), saysNothing)
  const findings = new Findings(file.findings.source)
  adviseChain({ ...file, findings }, settings, isNearest)
  return findings.problems
}

/** File by file as they were found, each from top to bottom. */
export function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const rank = new Map(Array.from(new Set(problems.map(({ file }) => file)), (file, i) => [file, i]))
  const rankOf = ({ file }: Problem) => rank.get(file) ?? 0
  return [...problems].sort((a, b) => rankOf(a) - rankOf(b) || a.line - b.line || a.column - b.column)
}
