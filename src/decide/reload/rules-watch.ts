/** Notices what changes in the tree of policy files, and makes it count as soon as it is at rest. */
import { relative } from 'node:path'
import type { Clock } from '../../clock.ts'
import { inTurns, type Slices } from '../../slices.ts'
import { shown } from '../source-file.ts'
import { isOpenFolder, stampAt } from '../stamp.ts'
import { changedInFolder, changedNames, listedIn, lookAt, stampBelow, stampInFolder, survey } from '../tree.ts'
import type { LiveRules } from './live-rules.ts'
import { StillChanges } from './still.ts'
import type { WatchFolder } from './watch-folder.ts'
import { WatchedFolders } from './watched-folders.ts'

/** From the first word of a change to the look at it, and from one look to the next (ms). */
const lookAfter = 500
/** So often (ms) everything is looked at: not all file systems tell all changes, and none tells them all if there are very many. */
const surveyEvery = 60_000

export class RulesWatch {
  readonly #rules: LiveRules
  readonly #clock: Clock
  readonly #root: string
  readonly #delimiters: string
  readonly #folders: WatchedFolders
  readonly #changes = new StillChanges()
  /** Names below the root to be looked at. */
  readonly #asked = new Set<string>()
  #isSurveyDue = true
  #isReportDue = false
  #isLost = false
  #isUnwatched = false
  #isClosed = false
  #cancelLook: (() => void) | undefined
  #cancelSurvey: () => void = () => undefined
  #looking: Promise<void> | undefined

  /** Begins at once. */
  constructor(rules: LiveRules, clock: Clock, watchFolder: WatchFolder) {
    this.#rules = rules
    this.#clock = clock
    this.#root = rules.tree.root
    this.#delimiters = rules.delimiters
    this.#folders = new WatchedFolders({
      watchFolder,
      onChange: (folder, entry) => this.#onChange(folder, entry),
      onTrouble: (path, cause) => this.#onTrouble(path, cause),
    })
    rules.notice(path => this.#ask(relative(this.#root, path)))
    this.#watchFolders()
    // Between the listing that the rules were read from and the watches, something may have changed.
    this.#asked.clear()
    this.#surveyNow()
  }

  /** Looks at everything now, and tells when that is done. */
  reload(): void {
    this.#isReportDue = true
    this.#surveyNow()
  }

  /** Resolves when no look is under way. */
  async idle(): Promise<void> {
    await this.#looking
  }

  close(): void {
    this.#isClosed = true
    this.#cancelLook?.()
    this.#cancelSurvey()
    this.#folders.close()
  }

  #surveyNow(): void {
    this.#isSurveyDue = true
    this.#schedule()
    this.#cancelSurvey()
    this.#cancelSurvey = this.#clock.after(surveyEvery, () => this.#surveyNow())
  }

  #onChange(folder: string, entry: string | undefined): void {
    // Trees that are swapped as a whole have links beginning with two dots in them, to which the files are links.
    if (entry === undefined || entry.startsWith('..')) this.#isSurveyDue = true
    else if (!entry.startsWith('.')) this.#asked.add(folder === '' ? entry : `${folder}/${entry}`)
    this.#schedule()
  }

  #ask(name: string): void {
    this.#asked.add(name)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isClosed || this.#cancelLook !== undefined || this.#looking !== undefined) return
    this.#cancelLook = this.#clock.after(lookAfter, () => {
      this.#cancelLook = undefined
      this.#looking = this.#look()
        .catch((error: unknown) => {
          this.#changes.forget(this.#changes.names)
          this.#rules.tell({ kind: 'failed', error })
        })
        .finally(() => {
          this.#looking = undefined
          if (this.#isSurveyDue || this.#asked.size > 0 || this.#changes.size > 0) this.#schedule()
        })
    })
  }

  async #look(): Promise<void> {
    const asked = new Set([...this.#asked, ...this.#changes.names])
    this.#asked.clear()
    const rootStamp = stampAt(this.#root)
    if (this.#isSurveyDue || this.#isLost || rootStamp !== this.#rules.tree.stamp)
      for (const name of await this.#survey()) asked.add(name)
    // A tree that is gone is most likely being put in place anew.
    if (this.#isLost || rootStamp === undefined) return
    await inTurns(this.#observe(asked))
    const changes = this.#changes.ready(this.#clock.now())
    if (changes.size > 0 || (this.#changes.size === 0 && rootStamp !== this.#rules.tree.stamp)) {
      const isAdopted = await this.#rules.adopt(changes, rootStamp)
      if (!isAdopted || this.#isClosed) return
      this.#changes.forget(changes.keys())
      this.#isReportDue = false
      this.#watchFolders()
    }
    if (!this.#isReportDue || this.#changes.size > 0) return
    this.#isReportDue = false
    this.#rules.report(0)
  }

  /** Names of all that differs from what counts. */
  async #survey(): Promise<readonly string[]> {
    const tree = await inTurns(survey(this.#root, this.#delimiters))
    const isLost = !isOpenFolder(tree.stamp)
    if (isLost && !this.#isLost)
      this.#rules.tell({ kind: 'lost', folder: shown(this.#root), cause: tree.stamp.replace(/^.*!/, '') })
    this.#isLost = isLost
    this.#isSurveyDue = false
    if (isLost) return []
    this.#watchFolders()
    return changedNames(this.#rules.tree, tree)
  }

  *#observe(names: Iterable<string>): Slices<void> {
    const { tree } = this.#rules
    const closed = new Map<string, boolean>()
    let looked = 0
    for (const name of names) {
      looked += 1
      if (looked % perSlice === 0) yield
      if (this.#isInClosedFolder(name, closed)) continue
      const { stamp, folder } = yield* lookAt(this.#root, name, this.#delimiters)
      this.#changes.observe(name, listedIn(tree, name), stamp, this.#clock.now())
      if (name.includes('/') || (stamp !== undefined && folder === undefined)) continue
      const older = tree.folders.get(name)
      for (const entry of changedInFolder(older, folder)) {
        const path = `${name}/${entry}`
        this.#changes.observe(path, listedIn(tree, path), stampInFolder(folder, entry), this.#clock.now())
      }
    }
  }

  /** Of what lies in a folder that cannot be looked into nothing is known. */
  #isInClosedFolder(name: string, closed: Map<string, boolean>): boolean {
    const [folder = '', entry] = name.split('/')
    if (entry === undefined) return false
    const known = closed.get(folder)
    if (known !== undefined) return known
    const stamp = stampBelow(this.#root, folder)
    const isClosed = stamp !== undefined && !isOpenFolder(stamp)
    closed.set(folder, isClosed)
    return isClosed
  }

  #watchFolders(): void {
    const { tree } = this.#rules
    const folders = new Map([[this.#root, { name: '', stamp: tree.stamp }]])
    for (const [name, { path }] of tree.folders) {
      const stamp = tree.top.get(name)
      if (stamp !== undefined && isOpenFolder(stamp)) folders.set(path, { name, stamp })
    }
    for (const name of this.#folders.sync(folders)) if (name !== '') this.#ask(name)
    const isUnwatched = this.#folders.size < folders.size
    if (this.#isUnwatched && !isUnwatched) this.#rules.tell({ kind: 'watched' })
    this.#isUnwatched = isUnwatched
  }

  /** Told once, however many folders it concerns. */
  #onTrouble(path: string, cause: string): void {
    if (!this.#isUnwatched) this.#rules.tell({ kind: 'unwatched', folder: shown(path), cause })
    this.#isUnwatched = true
  }
}

/** Each look at a file takes some microseconds. */
const perSlice = 256
