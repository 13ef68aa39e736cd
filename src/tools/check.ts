/** `lmtp-gate check`: every policy file read, persons' too, and all that is wrong with them said at once. */
import { guardOf, readAdministered, type RulesOptions } from '../decide/administered.ts'
import { readPerson } from '../decide/listed-file.ts'
import { printable, type Problem } from '../decide/problem.ts'
import { adviseFile } from '../decide/read/advice.ts'

/** `strict`: warnings count as errors. */
export type CheckOptions = RulesOptions & { readonly strict?: boolean }

/** `summary` is for people and says whose mail waits; `exitCode` is 1 if there are errors, else 0. */
export type Checked = {
  readonly problems: readonly Problem[]
  readonly files: number
  readonly summary: string
  readonly exitCode: 0 | 1
}

export function checkRules(root: string, options: CheckOptions): Checked {
  const { site, domains, problems: administered, files } = readAdministered(root, options)
  const problems: Problem[] = [...administered]
  const waiting: string[] = []
  let persons = 0
  for (const domain of domains)
    for (const [local, listing] of domain.folder.persons) {
      persons += 1
      const file = readPerson(root, listing, options.recipientDelimiter)
      if ('findings' in file) adviseFile(file, { ...options, guard: guardOf(domain, site) })
      problems.push(...('findings' in file ? file.findings.problems : [file.problem]))
      if ('problem' in file || file.findings.broken) waiting.push(`${local}@${domain.folder.domain}`)
    }
  const count = files + persons
  const errors = problems.filter(({ severity }) => severity === 'error')
  const stopped = administered.some(({ severity }) => severity === 'error')
  const failed = errors.length > 0 || (options.strict === true && problems.length > 0)
  const summary = `${counted(count, 'file')}: ${tally(errors, problems.length - errors.length)}${consequence(stopped, waiting)}`
  return { problems, files: count, summary, exitCode: failed ? 1 : 0 }
}

function tally(errors: readonly Problem[], warnings: number): string {
  const files = new Set(errors.map(({ file }) => file)).size
  const where = errors.length === 0 ? '' : ` in ${counted(files, 'file')}`
  return `${counted(errors.length, 'error')}${where}, ${counted(warnings, 'warning')}.`
}

function consequence(stopped: boolean, waiting: readonly string[]): string {
  if (stopped) return ' Until mended, the gate does not start.'
  if (waiting.length === 0) return ''
  const named = waiting.slice(0, maxNamed)
  const others = waiting.length - named.length
  const names: readonly string[] = others > 0 ? [...named, `${others} others`] : named
  const last = names.at(-1) ?? ''
  const list = names.length === 1 ? last : `${names.slice(0, -1).join(', ')} and ${last}`
  return ` Until mended, mail for ${printable(list)} waits (451 4.3.5).`
}

const maxNamed = 5

function counted(count: number, word: string): string {
  return `${count === 0 ? 'no' : count} ${word}${count === 1 ? '' : 's'}`
}
