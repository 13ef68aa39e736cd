/** What `lmtp-gate check` says about what it found: to people, with who falls back to what until it is mended, and to programs. */
import { resolve } from 'node:path'
import { formatProblem, printable, type Problem } from '../decide/problem.ts'
import type { Checked } from './check.ts'

/** `configuration`: `unreadable` if the policy files could not be found for it. */
export type Found = Checked & { readonly configuration: 'fine' | 'wrong' | 'unreadable' }

export function reportText(found: Found): string {
  return [...found.problems.map(formatProblem), summaryOf(found)].join('\n')
}

/** `line` 0: the file as a whole. Names of files are absolute, since programs have working folders of their own. */
export function reportJson(found: Found, folder: string): string {
  const problems = found.problems.map(({ file, line, column, end, severity, code, message, mend = null }) => {
    return { file: resolve(folder, file), line, column, end, severity, code, message, mend }
  })
  const errors = found.problems.filter(isError).length
  const counts = { files: found.files.length, errors, warnings: problems.length - errors }
  return JSON.stringify({ problems, ...counts, waiting: found.waiting, summary: summaryOf(found) }, undefined, 2)
}

/** 1 if there are errors; if `strict`, or warnings. */
export function exitCodeOf({ problems }: Checked, strict: boolean): 0 | 1 {
  return problems.some(problem => strict || isError(problem)) ? 1 : 0
}

function isError({ severity }: Problem): boolean {
  return severity === 'error'
}

export function summaryOf(found: Found): string {
  const errors = found.problems.filter(isError)
  const broken = new Set(errors.map(({ file }) => file)).size
  const where = errors.length === 0 ? '' : ` in ${counted(broken, 'file')}`
  const warnings = counted(found.problems.length - errors.length, 'warning')
  return `${counted(found.files.length, 'file')}: ${counted(errors.length, 'error')}${where}, ${warnings}.${consequence(found)}`
}

function consequence({ configuration, stopped, waiting }: Found): string {
  if (configuration === 'unreadable')
    return ' The policy files were not looked at. Until mended, the gate does not start.'
  if (configuration === 'wrong') return ' Until mended, the gate does not start.'
  if (stopped.length > 0)
    return ` Until mended, the gate does not start; one that runs keeps the last good version of the administrators' files in ${listed(stopped)}.`
  if (waiting.length === 0) return ''
  return ` Until mended, the last good version counts for ${listed(waiting)}; after a restart their mail waits (451 4.3.5).`
}

function listed(all: readonly string[]): string {
  const others = all.length - maxNamed
  const names: readonly string[] = others > 0 ? [...all.slice(0, maxNamed), `${others} others`] : all
  const last = names.at(-1) ?? ''
  return printable(names.length === 1 ? last : `${names.slice(0, -1).join(', ')} and ${last}`)
}

const maxNamed = 5

function counted(count: number, word: string): string {
  return `${count === 0 ? 'no' : count} ${word}${count === 1 ? '' : 's'}`
}
