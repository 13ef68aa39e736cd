/** One version of the tree with all that was read of it, and how changes make the next. */
import { domainOf } from '../../address.ts'
import type { Slices } from '../../slices.ts'
import { administer, type Administered, type RulesOptions } from '../administered.ts'
import { fold } from '../glob.ts'
import { personOf } from '../persons.ts'
import type { PolicyFiles } from '../policy-files.ts'
import type { LastGood } from '../rules.ts'
import { survey, withChanges, type Changes, type Tree } from '../tree.ts'
import { allowTheSame, limitsOf } from '../users.ts'
import { readAnew, type Around, type Person, type ReadAnew } from './persons-in-use.ts'

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
  const [before, after] = [around(last), around(administered)]
  const changed = [...changes.keys()].map(personIn).filter(person => person !== undefined)
  const concerned = isTheirs ? withNewLimits(changed, before, after) : changed
  const persons = yield* readAnew(concerned, before, after, { files, lastGood, isBroken })
  return persons === undefined ? undefined : { tree, administered, lastGood: persons.lastGood, persons }
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

/** What persons may say is not in their own files. */
function* withNewLimits(changed: readonly Person[], before: Around, after: Around): Iterable<Person> {
  yield* changed
  for (const [name, domain] of before.domains) {
    const now = after.domains.get(name)
    if (now === undefined || allowTheSame(limitsOf(domain.file, before.site), limitsOf(now.file, after.site))) continue
    for (const file of domain.folder.persons.entries.keys()) yield { domain: name, local: personOf(file) }
  }
}

/** Whose file has this name, if it is no administrator's and no folder. */
function personIn(name: string): Person | undefined {
  const [folder = '', entry] = name.split('/')
  if (entry === undefined || entry.startsWith('_')) return undefined
  return { domain: fold(domainOf(folder)), local: personOf(entry) }
}
