/** The policy files while the gate runs: the version that counts now, until changes make it the next one. */
import type { Clock } from '../../clock.ts'
import { atOnce, inTurns } from '../../slices.ts'
import type { RulesOptions } from '../administered.ts'
import { dayOf } from '../facts.ts'
import { Policies, type PoliciesStats } from '../policies.ts'
import { PolicyFiles, type PolicyFilesOptions } from '../policy-files.ts'
import type { Problem } from '../problem.ts'
import { Rules, type Unusable } from '../rules.ts'
import { shown } from '../source-file.ts'
import type { Stamp } from '../stamp.ts'
import type { Changes, Tree } from '../tree.ts'
import type { RulesEvent } from './events.ts'
import { administratorsNews, brokenFiles, brokenNews, personsNews, readable } from './news.ts'
import { firstVersion, nextVersion, type Version } from './version.ts'

export type LiveRulesOptions = Omit<RulesOptions, 'today'> & {
  readonly root: string
  readonly clock: Clock
  readonly onEvent: (event: RulesEvent) => void
} & PolicyFilesOptions

/** `broken`: files known to be wrong; persons' files are read when they are first needed. `reloaded`: since when this version counts. */
export type RulesState = { readonly files: number; readonly broken: number; readonly reloaded: Date }

export class LiveRules {
  readonly #options: LiveRulesOptions
  readonly #files: PolicyFiles
  readonly #policies: Policies
  /** Persons' files that were found broken, by path, and which version. */
  readonly #broken = new Map<string, Stamp>()
  #version: Version
  #current: Rules
  #reloaded: Date
  #onStale: (path: string) => void = () => undefined

  /** Reads the administrators' files; if one of them is wrong, `problems` are those of all. Never throws for wrong content. */
  static load(options: LiveRulesOptions): LiveRules | { readonly problems: readonly Problem[] } {
    const files = new PolicyFiles(options.root, options.recipientDelimiter, options)
    const version = atOnce(firstVersion(options.root, { files, options: today(options) }))
    const { problems } = version.administered
    return problems.some(({ severity }) => severity === 'error') ? { problems } : new LiveRules(options, files, version)
  }

  private constructor(options: LiveRulesOptions, files: PolicyFiles, version: Version) {
    this.#options = options
    this.#files = files
    this.#policies = new Policies(options.recipientDelimiter, options.abilities)
    this.#version = version
    this.#current = this.#rulesOf(version)
    this.#reloaded = options.clock.date()
  }

  /** Stays as it is for whoever holds it: a transaction keeps the one that it began with. */
  get current(): Rules {
    return this.#current
  }

  get delimiters(): string {
    return this.#options.recipientDelimiter
  }

  /** As the version that counts saw it. */
  get tree(): Tree {
    return this.#version.tree
  }

  /** What may be wrong, but keeps at most single persons' mail back. */
  get warnings(): readonly Problem[] {
    const { problems, domains } = this.#version.administered
    return [...problems, ...domains.flatMap(({ folder }) => [...folder.persons.problems()])]
  }

  get state(): RulesState {
    const { paths, problems, domains } = this.#version.administered
    const persons = domains.reduce((sum, { folder }) => sum + folder.persons.size, 0)
    const broken = brokenFiles(problems).size + this.#broken.size
    return { files: paths.length + persons, broken, reloaded: this.#reloaded }
  }

  /** Policies that were worked out, since the start. */
  get policies(): PoliciesStats {
    const { entries, hits, misses } = this.#policies.stats()
    return { entries: entries + this.#files.kept, hits, misses }
  }

  /** `onStale` is called with the path of a file that turned out to be another version than the listed one. */
  notice(onStale: (path: string) => void): void {
    this.#onStale = onStale
  }

  /** Makes these changes count, all at the same moment. Not to be called again before it ends; `false`: not now, a file changes at this moment. */
  async adopt(changes: Changes, rootStamp: Stamp): Promise<boolean> {
    const before = this.#version
    const reading = {
      files: this.#files,
      options: today(this.#options),
      isBroken: (path: string) => this.#broken.has(path),
    }
    const next = await inTurns(nextVersion(before, changes, reading))
    if (next === undefined) return false
    const { tree, persons, ...rest } = next
    const news = [
      ...administratorsNews(before.administered.problems, rest.administered.problems),
      ...personsNews(persons, path => this.#broken.has(path)),
    ]
    for (const path of persons.fine) this.#broken.delete(path)
    for (const { listing } of persons.broken) this.#broken.set(listing.path, listing.stamp)
    this.#version = { ...rest, tree: { ...tree, stamp: rootStamp } }
    this.#current = this.#rulesOf(this.#version)
    this.#reloaded = this.#options.clock.date()
    this.#files.keepAdministered(new Set(rest.administered.paths))
    this.report(changes.size)
    for (const event of readable(news)) this.tell(event)
    return true
  }

  report(changes: number): void {
    const { files, broken } = this.state
    this.tell({ kind: 'reloaded', changes, files, broken })
  }

  tell(event: RulesEvent): void {
    this.#options.onEvent(event)
  }

  #rulesOf(version: Version): Rules {
    const { administered, lastGood, former } = version
    return new Rules({
      administered,
      lastGood,
      former,
      files: this.#files,
      policies: this.#policies,
      delimiters: this.#options.recipientDelimiter,
      onUnusable: unusable => this.#hear(unusable, version === this.#version),
    })
  }

  /** What was wrong in an older version may be right by now, untouched. */
  #hear({ listing: { path, stamp }, problems, isChanging, hasLastGood }: Unusable, isCurrent: boolean): void {
    if (isChanging) {
      this.#onStale(path)
      this.tell({ kind: 'changing', file: shown(path) })
    } else if (isCurrent && this.#broken.get(path) !== stamp) {
      this.#broken.set(path, stamp)
      for (const event of brokenNews(problems, hasLastGood)) this.tell(event)
    }
  }
}

function today(options: LiveRulesOptions): RulesOptions {
  return { ...options, today: dayOf(options.clock.date()) }
}
