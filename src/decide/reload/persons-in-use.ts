/** Persons' files that are in use are read anew when they change: who breaks his file keeps its last good version, and it is told at once. */
import type { Slices } from '../../slices.ts'
import type { Domain } from '../claims.ts'
import type { Listing } from '../persons.ts'
import type { PolicyFiles } from '../policy-files.ts'
import type { Problem } from '../problem.ts'
import { errorsOf, isGood, personKey, type LastGood } from '../rules.ts'

export type Person = { readonly domain: string; readonly local: string }

export type ReadAnew = {
  readonly lastGood: LastGood
  readonly broken: readonly {
    readonly listing: Listing
    readonly problems: readonly Problem[]
    readonly hasLastGood: boolean
  }[]
  /** Paths of files that are good now, or gone. */
  readonly fine: readonly string[]
}

type Domains = ReadonlyMap<string, Domain>

export type Known = {
  readonly files: PolicyFiles
  readonly lastGood: LastGood
  /** Whether the file of this path was found broken. */
  readonly isBroken: (path: string) => boolean
}

/** `persons`: whose files changed from `before` to `after`. Undefined: one of them changes just now. */
export function* readAnew(
  persons: Iterable<Person>,
  before: Domains,
  after: Domains,
  { files, isBroken, ...known }: Known,
): Slices<ReadAnew | undefined> {
  const lastGood = new Map(known.lastGood)
  const broken: ReadAnew['broken'][number][] = []
  const fine: string[] = []
  let read = 0
  for (const { domain, local } of persons) {
    const was = before.get(domain)?.folder.persons.get(local)
    const old = was === undefined ? undefined : files.knownPerson(was)
    // Others are read when they are first needed.
    if (was === undefined || (old === undefined && !isBroken(was.path))) continue
    const key = personKey(domain, local)
    const good = old !== undefined && isGood(old) ? old : lastGood.get(key)
    lastGood.delete(key)
    fine.push(was.path)
    const now = after.get(domain)?.folder.persons.get(local)
    if (now === undefined) continue
    read += 1
    if (read % perSlice === 0) yield
    const file = files.person(now)
    if ('changing' in file && file.changing) return undefined
    if (isGood(file)) continue
    if (good !== undefined) lastGood.set(key, good)
    broken.push({ listing: now, problems: errorsOf(file), hasLastGood: good !== undefined })
  }
  return { lastGood, broken, fine }
}

/** Each takes some hundred microseconds. */
const perSlice = 16
