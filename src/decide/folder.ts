/** The tree of policy files on disk: found by listing it, never by building a path from an address (rules/README.md). */
import { readdirSync, readFileSync, realpathSync, statSync, type Dirent } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { domainOf, splitDetail } from '../address.ts'
import type { Code } from './codes.ts'
import { fold } from './glob.ts'
import { problemOf, Source, type Problem } from './problem.ts'

/** A file of the tree, not read yet. `wrong`: it has a name under which nobody would find it. */
export type Listing = { readonly path: string; readonly wrong: Problem | undefined }

/** Folded names. `groups` in order of name. */
export type DomainFolder = {
  readonly domain: string
  readonly persons: ReadonlyMap<string, Listing>
  readonly groups: readonly string[]
  readonly domainFile: string | undefined
}

/** `problems`: what is wrong with the names in it; those of severity error mean that the tree is not to be used. */
export type RulesFolder = {
  readonly site: string | undefined
  readonly groups: readonly string[]
  readonly domains: ReadonlyMap<string, DomainFolder>
  readonly problems: readonly Problem[]
}

const maxSize = 256 * 1024

/** `delimiters` part a detail from an address. */
export function listRules(root: string, delimiters: string): RulesFolder {
  const problems: Problem[] = []
  const domains = new Map<string, DomainFolder>()
  const groups: string[] = []
  let site: string | undefined
  for (const entry of entriesOf(root, problems)) {
    const path = join(root, entry.name)
    const wrong = (code: Code, message: string, mend: string) =>
      problems.push(problemOf(shown(path), code, message, mend))
    if (isFolder(entry, path)) {
      const domain = fold(domainOf(entry.name))
      if (entry.name.startsWith('_')) problems.push(warningOf(path, 'this folder is not read: it is no domain'))
      else if (entry.name !== entry.name.toLowerCase())
        wrong('name', 'folders have lower-case names', `call it ${domain}`)
      else if (domains.has(domain)) wrong('claimed-twice', `two folders are for ${domain}`, 'put them together')
      else if (leaves(root, path)) wrong('link', 'this link leaves the folder of the rules', 'copy what it points to')
      else domains.set(domain, listDomain(path, domain, delimiters, problems))
    } else if (entry.name.endsWith('.yml'))
      wrong('name', 'this file is not read', `call it ${entry.name.slice(0, -4)}.yaml`)
    else if (entry.name === 'default.yaml') site = path
    else if (entry.name === '_domain.yaml')
      wrong('name', 'this file is of no domain', 'put it into the folder of one, or call it default.yaml')
    else if (entry.name.startsWith('_') && entry.name.endsWith('.yaml')) groups.push(path)
    else if (entry.name.endsWith('.yaml'))
      wrong(
        'name',
        'this file is for nobody',
        `put it into the folder of a domain, or call it _${entry.name} with for:`,
      )
  }
  return { site, groups, domains, problems }
}

function listDomain(folder: string, domain: string, delimiters: string, problems: Problem[]): DomainFolder {
  const persons = new Map<string, Listing>()
  const groups: string[] = []
  let domainFile: string | undefined
  for (const entry of entriesOf(folder, problems)) {
    const path = join(folder, entry.name)
    const suffix = /\.ya?ml$/.exec(entry.name)?.[0]
    const name = entry.name.slice(0, entry.name.length - (suffix?.length ?? 0))
    if (entry.isDirectory()) problems.push(warningOf(path, 'this folder is not read: it lies too deep'))
    else if (suffix === undefined) continue
    else if (name.startsWith('_')) {
      if (suffix === '.yml')
        problems.push(problemOf(shown(path), 'name', 'this file is not read', `call it ${name}.yaml`))
      else if (name === '_domain') domainFile = path
      else groups.push(path)
    } else {
      const twin = persons.get(fold(name))
      const wrong = wrongName(path, name, suffix, twin, delimiters)
      persons.set(fold(name), { path, wrong })
    }
  }
  return { domain, persons, groups, domainFile }
}

/** A person's file that nobody would find leaves the person without policy, so it counts as a broken one. */
function wrongName(
  path: string,
  name: string,
  suffix: string,
  twin: Listing | undefined,
  delimiters: string,
): Problem | undefined {
  const wrong = (message: string, mend: string) => problemOf(shown(path), 'name', message, mend)
  if (suffix === '.yml') return wrong('this file is not read', `call it ${fold(name)}.yaml`)
  if (twin !== undefined) return wrong(`this file and ${shown(twin.path)} are for the same person`, 'put them together')
  if (fold(name) !== name) return wrong('files have lower-case names', `call it ${fold(name)}.yaml`)
  if (splitDetail(name, delimiters).detail !== undefined)
    return wrong(
      'a detail is left out when files are looked up',
      `use a rule with detail: in ${splitDetail(name, delimiters).base}.yaml`,
    )
  return undefined
}

/** The text of a listed file, or why there is none. `root` is the folder that it must not leave. */
export function readSource(root: string, path: string): { readonly source: Source } | { readonly problem: Problem } {
  const file = shown(path)
  try {
    if (leaves(root, path))
      return { problem: problemOf(file, 'link', 'this link leaves the folder of the rules', 'copy what it points to') }
    const stat = statSync(path)
    // A pipe would never end.
    if (!stat.isFile()) return { problem: problemOf(file, 'unreadable', 'this is no regular file') }
    if (stat.size > maxSize)
      return { problem: problemOf(file, 'limit', `this file has more than ${maxSize / 1024} KB`) }
    return { source: new Source(file, new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))) }
  } catch (error) {
    if (error instanceof TypeError) return { problem: problemOf(file, 'unreadable', 'this file is not in UTF-8') }
    return { problem: problemOf(file, 'unreadable', `this file cannot be read: ${codeOf(error)}`) }
  }
}

/** A path for people: from the working folder where it lies in it. */
export function shown(path: string): string {
  const short = relative(process.cwd(), path)
  return short === '' || short.startsWith('..') ? path : short
}

/** Without hidden ones, in order of name. */
function entriesOf(folder: string, problems: Problem[]): readonly Dirent[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !name.startsWith('.'))
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    problems.push(problemOf(shown(folder), 'unreadable', `this folder cannot be read: ${codeOf(error)}`))
    return []
  }
}

function isFolder(entry: Dirent, path: string): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory()
  try {
    return statSync(path).isDirectory()
  } catch {
    // A link to nowhere; if it has the name of a policy file, reading it will say so.
    return false
  }
}

/** Throws if there is nothing at the end of a link. */
function leaves(root: string, path: string): boolean {
  return !realpathSync(path).startsWith(realpathSync(root) + sep)
}

function warningOf(path: string, message: string): Problem {
  return { ...problemOf(shown(path), 'name', message), severity: 'warning' }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
