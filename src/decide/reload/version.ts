/** One version of the tree with all that was read of it, and how changes make the next. */
import { domainOf } from '../../address.ts'
import type { Slices } from '../../slices.ts'
import { administer, type Administered, type RulesOptions } from '../administered.ts'
import type { Domain } from '../claims.ts'
import { fold } from '../glob.ts'
import { personOf } from '../persons.ts'
import type { PolicyFiles } from '../policy-files.ts'
import type { LastGood } from '../rules.ts'
import { survey, withChanges, type Changes, type Tree } from '../tree.ts'
import { readAnew, type Person, type ReadAnew } from './persons-in-use.ts'

export type Version = { readonly tree: Tree; readonly administered: Administered; readonly lastGood: LastGood }

export type Reading = {
  readonly files: PolicyFiles
  readonly options: RulesOptions
  /** Whether a person's file of this path was found broken. */
  readonly isBroken: (path: string) => boolean
}

/** With an error among the problems of the administrators' files it is not to be used. */
export function* firstVersion(root: string, { files, options }: Pick<Reading, 'files' | 'options'>): Slices<Version> {
  const tree = yield* survey(root, options.recipientDelimiter)
  return { tree, administered: yield* administer(tree, files, options), lastGood: new Map() }
}

/** Undefined: one of the files changes just now. */
export function* nextVersion(
  { tree: older, administered: last, lastGood }: Version,
  changes: Changes,
  { files, options, isBroken }: Reading,
): Slices<(Version & { readonly persons: ReadAnew }) | undefined> {
  const tree = withChanges(older, changes, options.recipientDelimiter)
  const isTheirs = [...changes.keys()].some(name => personIn(name) === undefined)
  const administered = withFolders(isTheirs ? yield* administer(tree, files, options, last) : last, tree)
  if (!administered.isSettled) return undefined
  const changed = [...changes.keys()].map(personIn).filter(person => person !== undefined)
  const persons = yield* readAnew(distinct(changed), byDomain(last), byDomain(administered), {
    files,
    lastGood,
    isBroken,
  })
  return persons === undefined ? undefined : { tree, administered, lastGood: persons.lastGood, persons }
}

/** Persons' files count as they are on disk, whatever becomes of the administrators'. */
function withFolders(administered: Administered, { folders }: Tree): Administered {
  const byPath = new Map(Array.from(folders.values(), folder => [folder.path, folder]))
  const domains = administered.domains.map(one => ({ ...one, folder: byPath.get(one.folder.path) ?? one.folder }))
  return { ...administered, domains }
}

function byDomain({ domains }: Administered): ReadonlyMap<string, Domain> {
  return new Map(domains.map(domain => [domain.domain, domain]))
}

/** Whose file has this name, if it is no administrator's and no folder. */
function personIn(name: string): Person | undefined {
  const [folder = '', entry] = name.split('/')
  if (entry === undefined || entry.startsWith('_')) return undefined
  return { domain: fold(domainOf(folder)), local: personOf(entry) }
}

/** Two files may be for one person. */
function distinct(persons: readonly Person[]): Iterable<Person> {
  return new Map(persons.map(person => [`${person.local}@${person.domain}`, person])).values()
}
