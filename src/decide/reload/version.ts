/** One version of the tree with all that was read of it, and how changes make the next. */
import { domainOf } from '../../address.ts'
import type { Slices } from '../../slices.ts'
import { administer, type Administered, type RulesOptions } from '../administered.ts'
import { formerly, type FormerLimits } from '../former-limits.ts'
import { fold } from '../glob.ts'
import { personOf } from '../persons.ts'
import type { PolicyFiles } from '../policy-files.ts'
import type { LastGood } from '../rules.ts'
import { survey, withChanges, type Changes, type Tree } from '../tree.ts'
import { allowTheSame, limitsOf, type Limits } from '../users.ts'
import { readAnew, type Around, type Person, type ReadAnew } from './persons-in-use.ts'

/** `former`: by domain. */
export type Version = {
  readonly number: number
  readonly tree: Tree
  readonly administered: Administered
  readonly lastGood: LastGood
  readonly former: ReadonlyMap<string, FormerLimits>
}

export type Reading = {
  readonly files: PolicyFiles
  readonly options: RulesOptions
  /** Whether a person's file of this path was found broken. */
  readonly isBroken: (path: string) => boolean
}

/** With an error among the problems of the administrators' files it is not to be used. */
export function* firstVersion(root: string, { files, options }: Pick<Reading, 'files' | 'options'>): Slices<Version> {
  const tree = yield* survey(root, options.recipientDelimiter)
  const administered = yield* administer(tree, files, options)
  return { number: 0, tree, administered, lastGood: new Map(), former: new Map() }
}

/** Undefined: one of the files changes just now. */
export function* nextVersion(
  { number: count, tree: older, administered: last, lastGood, former }: Version,
  changes: Changes,
  { files, options, isBroken }: Reading,
): Slices<(Version & { readonly persons: ReadAnew }) | undefined> {
  const tree = withChanges(older, changes, options.recipientDelimiter)
  const isTheirs = [...changes.keys()].some(name => personIn(name) === undefined)
  const administered = withFolders(isTheirs ? yield* administer(tree, files, options, last) : last, tree)
  if (!administered.isSettled) return undefined
  const [before, after] = [around(last), around(administered)]
  const changed = [...changes.keys()].map(personIn).filter(person => person !== undefined)
  const ended = isTheirs ? endedLimits(before, after) : new Map<string, Limits>()
  const known = { files, lastGood, former, isBroken }
  const persons = yield* readAnew(concerned(changed, ended, before), before, after, known)
  if (persons === undefined) return undefined
  const number = count + 1
  return {
    number,
    tree,
    administered,
    lastGood: persons.lastGood,
    former: formerOf(former, ended, changed, number),
    persons,
  }
}

/** Persons' files count as they are on disk, whatever becomes of the administrators'. */
function withFolders(administered: Administered, { folders }: Tree): Administered {
  const byPath = new Map(Array.from(folders.values(), folder => [folder.path, folder]))
  const domains = administered.domains.map(one => ({ ...one, folder: byPath.get(one.folder.path) ?? one.folder }))
  return { ...administered, domains }
}

function around({ domains, site }: Administered): Around {
  return { domains: new Map(domains.map(domain => [domain.domain, domain])), site }
}

/** By domain, where others count now. */
function endedLimits(before: Around, after: Around): ReadonlyMap<string, Limits> {
  const ended = new Map<string, Limits>()
  for (const [name, domain] of before.domains) {
    const limits = limitsOf(domain.file, before.site)
    const now = after.domains.get(name)
    if (now !== undefined && !allowTheSame(limits, limitsOf(now.file, after.site))) ended.set(name, limits)
  }
  return ended
}

/** Whose own files changed, and who may say other things in them now. */
function* concerned(changed: readonly Person[], ended: ReadonlyMap<string, Limits>, before: Around): Iterable<Person> {
  yield* changed
  for (const domain of ended.keys())
    for (const file of before.domains.get(domain)?.folder.persons.entries.keys() ?? [])
      yield { domain, local: personOf(file) }
}

function formerOf(
  before: Version['former'],
  ended: ReadonlyMap<string, Limits>,
  changed: readonly Person[],
  version: number,
): Version['former'] {
  if (before.size === 0 && ended.size === 0) return before
  const touched = new Map<string, string[]>()
  for (const { domain, local } of changed) {
    const others = touched.get(domain)
    if (others === undefined) touched.set(domain, [local])
    else others.push(local)
  }
  const former = new Map(before)
  for (const domain of new Set([...touched.keys(), ...ended.keys()])) {
    const now = formerly(before.get(domain), ended.get(domain), touched.get(domain) ?? [], version)
    if (now !== undefined) former.set(domain, now)
  }
  return former
}

/** Whose file has this name, if it is no administrator's and no folder. */
function personIn(name: string): Person | undefined {
  const [folder = '', entry] = name.split('/')
  if (entry === undefined || entry.startsWith('_')) return undefined
  return { domain: fold(domainOf(folder)), local: personOf(entry) }
}
