/** Whether a person's file can be used: it is right by itself, and says nothing that the `users` of _domain.yaml or default.yaml does not allow (rules/README.md). */
import type { PersonFile } from './person-file.ts'
import type { Problem, Span } from './problem.ts'
import type { PolicyFile, Used } from './read/policy-file.ts'
import { Findings } from './read/tree.ts'
import type { UsedKey, UserLimits } from './read/users.ts'
import type { Unread } from './source-file.ts'

/** What binds the persons' files of a domain, nearest first; each of them does. */
export type Limits = readonly Limit[]

export type Limit = { readonly of: 'keys' | 'actions'; readonly allowed: readonly string[]; readonly at: string }

/** Of a folder's _domain.yaml, and default.yaml. One that is wrong itself says nothing about others. */
export function limitsOf(domain: PolicyFile | undefined, site: PolicyFile | undefined): Limits {
  return [domain, site].flatMap(file => {
    const users = file?.said.users
    return file === undefined || users === undefined || file.findings.broken ? [] : limitsIn(users, file.findings)
  })
}

function limitsIn({ keys, actions }: UserLimits, { source }: Findings): Limits {
  const limit = (of: Limit['of'], list: typeof keys): Limits => {
    if (list === undefined) return []
    const at = `${source.file}:${source.lineAndColumn(list.span.start).line}`
    return [{ of, allowed: list.value.map(({ value }) => value), at }]
  }
  return [...limit('keys', keys), ...limit('actions', actions)]
}

/** Wherever they are written. */
export function allowTheSame(a: Limits, b: Limits): boolean {
  const words = (limits: Limits) => JSON.stringify(limits.map(({ of, allowed }) => [of, allowed]))
  return words(a) === words(b)
}

export function isGood(file: PersonFile | Unread, limits: Limits): file is PersonFile {
  return 'errors' in file && file.errors.length === 0 && isAllowed(file, limits)
}

function isAllowed({ names }: PersonFile, limits: Limits): boolean {
  return limits.every(limit => beyond(names, limit).length === 0)
}

/** From top to bottom. */
export function errorsOf(file: PersonFile | Pick<Unread, 'problem'>, limits: Limits): readonly Problem[] {
  if ('problem' in file) return [file.problem]
  return limits.length === 0
    ? file.errors
    : [...file.errors, ...notAllowed(file, limits)].sort((a, b) => a.line - b.line || a.column - b.column)
}

/** What is not allowed at one place is told once, as the nearest limit has it. */
function notAllowed(file: PersonFile, limits: Limits): readonly Problem[] {
  if (isAllowed(file, limits)) return []
  const found = new Findings(file.source)
  const told = new Set<number>()
  for (const limit of limits)
    for (const { span, words } of beyond(file.used, limit)) {
      if (told.has(span.start)) continue
      told.add(span.start)
      found.error(span, 'not-allowed', `users here may not ${words}`, `the limit is set in ${limit.at}`)
    }
  return found.problems
}

type Beyond = { readonly span: Span; readonly words: string }

function beyond(used: Used, { of, allowed }: Limit): readonly Beyond[] {
  return of === 'keys' ? keysBeyond(used.keys, allowed) : actionsBeyond(used.actions, allowed)
}

function keysBeyond(keys: readonly UsedKey[], allowed: readonly string[]): readonly Beyond[] {
  const beyond = (name: string, span: Span, how = ''): Beyond => ({
    span,
    words: allowed.length === 0 ? 'set any key' : `set "${name}"${how}, only ${allowed.join(', ')}`,
  })
  return keys.flatMap(({ name, span, parts }) => {
    if (allowed.includes(name)) return []
    if (!allowed.some(one => one.startsWith(`${name}.`))) return [beyond(name, span)]
    if (parts === undefined) return [beyond(name, span, ' as a whole')]
    return parts.filter(part => !allowed.includes(part.name)).map(part => beyond(part.name, part.span))
  })
}

function actionsBeyond(actions: Used['actions'], allowed: readonly string[]): readonly Beyond[] {
  return actions
    .filter(({ value }) => !allowed.includes(value))
    .map(({ value, span }) => ({
      span,
      words: allowed.length === 0 ? 'use any action' : `use "${value}", only ${allowed.join(', ')}`,
    }))
}
