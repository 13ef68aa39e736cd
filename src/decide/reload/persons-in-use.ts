/** Persons' files that are in use are judged anew when they change, or what they may say does: who breaks his file keeps its last good version, and it is told at once. */
import type { Slices } from '../../slices.ts'
import type { Administered } from '../administered.ts'
import type { Domain } from '../claims.ts'
import { wasGood, type FormerLimits } from '../former-limits.ts'
import type { Listing } from '../persons.ts'
import type { PolicyFiles } from '../policy-files.ts'
import type { Problem } from '../problem.ts'
import { personKey, type LastGood } from '../rules.ts'
import { errorsOf, isGood, limitsOf, type Limits } from '../users.ts'

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

/** The administrators' files of a version, as far as persons' files have to do with them. */
export type Around = { readonly domains: ReadonlyMap<string, Domain>; readonly site: Administered['site'] }

export type Known = {
  readonly files: PolicyFiles
  readonly lastGood: LastGood
  /** By domain, before. */
  readonly former: ReadonlyMap<string, FormerLimits>
  /** Whether the file of this path was found broken. */
  readonly isBroken: (path: string) => boolean
}

/** `persons`: whose files, or limits, changed from `before` to `after`; some may be named twice. Undefined: one of the files changes just now. */
export function* readAnew(
  persons: Iterable<Person>,
  before: Around,
  after: Around,
  { files, isBroken, ...known }: Known,
): Slices<ReadAnew | undefined> {
  const lastGood = new Map(known.lastGood)
  const broken: ReadAnew['broken'][number][] = []
  const fine: string[] = []
  const done = new Set<string>()
  let looked = 0
  for (const { domain, local } of persons) {
    looked += 1
    if (looked % perSlice.looked === 0) yield
    const key = personKey(domain, local)
    const was = listingOf(before, domain, local)
    const old = was === undefined ? undefined : files.knownPerson(was)
    // Others are read when they are first needed.
    if (done.has(key) || was === undefined || (old === undefined && !isBroken(was.path))) continue
    done.add(key)
    if (done.size % perSlice.read === 0) yield
    const now = listingOf(after, domain, local)
    const file = now === undefined ? undefined : files.person(now)
    if (file !== undefined && 'changing' in file && file.changing) return undefined
    const isUntouched = now !== undefined && isSame(was, now)
    const earlier = isUntouched ? file : old
    const limits = { before: limitsIn(before, domain), after: limitsIn(after, domain) }
    const problems = file === undefined ? [] : errorsOf(file, limits.after)
    if (isUntouched && earlier !== undefined && placesOf(problems) === placesOf(errorsOf(earlier, limits.before)))
      continue
    const good =
      earlier !== undefined && (isGood(earlier, limits.before) || wasGood(earlier, local, known.former.get(domain)))
        ? earlier
        : lastGood.get(key)
    lastGood.delete(key)
    fine.push(was.path)
    if (now === undefined || problems.length === 0) continue
    if (good !== undefined) lastGood.set(key, good)
    broken.push({ listing: now, problems, hasLastGood: good !== undefined })
  }
  return { lastGood, broken, fine }
}

/** To look at one takes a microsecond, to read and judge it some hundred. */
const perSlice = { looked: 512, read: 16 }

function listingOf({ domains }: Around, domain: string, local: string): Listing | undefined {
  return domains.get(domain)?.folder.persons.get(local)
}

function limitsIn({ domains, site }: Around, domain: string): Limits {
  return limitsOf(domains.get(domain)?.file, site)
}

function isSame(a: Listing, b: Listing): boolean {
  return a.path === b.path && a.stamp === b.stamp && a.wrong === undefined && b.wrong === undefined
}

function placesOf(problems: readonly Problem[]): string {
  return problems.map(({ line, column, code }) => [line, column, code].join()).join(' ')
}
