/** What the names at the root and in a domain's folder mean, and what is wrong with them (rules/README.md). */
import { join } from 'node:path'
import { domainOf } from '../address.ts'
import { fold } from './glob.ts'
import { problemOf, type Problem } from './problem.ts'
import { shown } from './source-file.ts'
import { isFolderStamp, isOpenFolder, leavingFolder, type Stamp } from './stamp.ts'
import type { DomainFolder, Tree } from './tree.ts'

/** Paths and stamps of the files that administrators write in one folder; `groups` in order of name. `main`: default.yaml or _domain.yaml. */
export type Named = {
  readonly main: Written | undefined
  readonly groups: readonly Written[]
  readonly problems: readonly Problem[]
}

export type Written = { readonly path: string; readonly stamp: Stamp }

/** `folder` undefined: it cannot be used, for these problems. */
export type NamedDomain = {
  readonly domain: string
  readonly folder: DomainFolder | undefined
  readonly problems: readonly Problem[]
}

export function namesAtTop({ root, stamp, top }: Tree): Named {
  const problems: Problem[] = []
  const groups: Written[] = []
  let main: Written | undefined
  if (!isOpenFolder(stamp)) problems.push(unreadableFolder(root, stamp))
  for (const [name, its] of inOrder(top)) {
    const path = join(root, name)
    const wrong = (message: string, mend: string) => problems.push(problemOf(shown(path), 'name', message, mend))
    if (isFolderStamp(its)) {
      if (name.startsWith('_')) problems.push(warningOf(path, 'this folder is not read: it is no domain'))
    } else if (name.endsWith('.yml')) wrong('this file is not read', `call it ${name.slice(0, -4)}.yaml`)
    else if (name === 'default.yaml') main = { path, stamp: its }
    else if (name === '_domain.yaml')
      wrong('this file is of no domain', 'put it into the folder of one, or call it default.yaml')
    else if (name.startsWith('_')) groups.push({ path, stamp: its })
    else wrong('this file is for nobody', `put it into the folder of a domain, or call it _${name} with for:`)
  }
  return { main, groups, problems }
}

/** By domain, in order of the folders' names. */
export function domainsIn({ root, top, folders }: Tree): readonly NamedDomain[] {
  const found = new Map<string, NamedDomain>()
  for (const [name, stamp] of inOrder(top)) {
    if (!isFolderStamp(stamp) || name.startsWith('_')) continue
    const domain = fold(domainOf(name))
    const path = join(root, name)
    const earlier = found.get(domain)
    const wrong = wrongFolder(path, name, stamp, domain, earlier !== undefined)
    const problems = [...(earlier?.problems ?? []), ...(wrong === undefined ? [] : [wrong])]
    found.set(domain, { domain, folder: wrong === undefined ? folders.get(name) : undefined, problems })
  }
  return [...found.values()]
}

function wrongFolder(path: string, name: string, stamp: Stamp, domain: string, isSecond: boolean): Problem | undefined {
  if (name !== name.toLowerCase())
    return problemOf(shown(path), 'name', 'folders have lower-case names', `call it ${domain}`)
  if (isSecond) return problemOf(shown(path), 'claimed-twice', `two folders are for ${domain}`, 'put them together')
  if (stamp === leavingFolder)
    return problemOf(shown(path), 'link', 'this link leaves the folder of the rules', 'copy what it points to')
  return isOpenFolder(stamp) ? undefined : unreadableFolder(path, stamp)
}

export function namesInDomain({ path: folder, others }: DomainFolder): Named {
  const problems: Problem[] = []
  const groups: Written[] = []
  let main: Written | undefined
  for (const [name, stamp] of inOrder(others)) {
    const path = join(folder, name)
    if (isFolderStamp(stamp)) problems.push(warningOf(path, 'this folder is not read: it lies too deep'))
    else if (name.endsWith('.yml'))
      problems.push(problemOf(shown(path), 'name', 'this file is not read', `call it ${name.slice(0, -4)}.yaml`))
    else if (name === '_domain.yaml') main = { path, stamp }
    else groups.push({ path, stamp })
  }
  return { main, groups, problems }
}

function inOrder(entries: ReadonlyMap<string, Stamp>): readonly (readonly [string, Stamp])[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1))
}

function unreadableFolder(path: string, stamp: Stamp): Problem {
  const code = stamp.replace(/^d?!/, '')
  return problemOf(shown(path), 'unreadable', `this folder cannot be read: ${code}`, mends.get(code))
}

/** By what the system says. */
const mends: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'make it, or let rules in lmtp-gate.yaml name another'],
  ['ENOTDIR', 'let rules in lmtp-gate.yaml name a folder'],
  ['EACCES', 'let the user of the gate read it'],
])

function warningOf(path: string, message: string): Problem {
  return { ...problemOf(shown(path), 'name', message), severity: 'warning' }
}
