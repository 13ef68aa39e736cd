/** A folder of policy files that a test changes, the rules that follow it, and the time and the watches that the test moves. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after } from 'node:test'
import { addressOf } from '../../src/address.ts'
import type { Policy } from '../../src/decide/policy.ts'
import { readPolicyFile } from '../../src/decide/read/policy-file.ts'
import type { LiveRules, LiveRulesOptions } from '../../src/decide/reload/live-rules.ts'
import { RulesWatch } from '../../src/decide/reload/rules-watch.ts'
import type { WatchFolder } from '../../src/decide/reload/watch-folder.ts'
import type { Rules } from '../../src/decide/rules.ts'
import { stampAt } from '../../src/decide/stamp.ts'
import { eventLine } from '../../src/watch/text-log.ts'
import type { Log } from '../../src/watch/log.ts'
import { silentLog } from '../../src/watch/log.ts'
import { logRules } from '../../src/watch/rules-events.ts'
import { FakeClock } from './clock.ts'
import { loadRules } from './live-rules.ts'
import { rulesTree } from './rules-tree.ts'

type Watch = { readonly onChange: (name: string | undefined) => void; readonly onError: (error: unknown) => void }

/** Watches that say what the test lets them say. */
export class FakeWatches {
  /** By path. */
  readonly open = new Map<string, Watch>()
  /** Code of the error that new watches end with. */
  failure: string | undefined

  readonly watchFolder: WatchFolder = (path, onChange, onError) => {
    if (this.failure !== undefined) throw Object.assign(new Error(this.failure), { code: this.failure })
    const watch = { onChange, onError }
    this.open.set(path, watch)
    return () => {
      if (this.open.get(path) === watch) this.open.delete(path)
    }
  }
}

export class LiveTree {
  readonly root: string
  readonly clock = new FakeClock()
  readonly watches = new FakeWatches()
  readonly rules: LiveRules
  readonly watch: RulesWatch
  /** Files that were parsed, below the root. */
  readonly parsed: string[] = []
  readonly #log: string[] = []

  /** Closed after the test or suite in which it is made. */
  constructor(files: Readonly<Record<string, string>>, options: Partial<LiveRulesOptions> = {}) {
    this.root = rulesTree(files)
    const log: Log = {
      ...silentLog,
      event: (...event) => this.#log.push(eventLine(...event).replaceAll(`${this.root}/`, '')),
    }
    this.rules = loadRules(this.root, {
      clock: this.clock,
      onEvent: event => logRules(log, event),
      parse: (source, kind, delimiters) => {
        this.parsed.push(source.file.replace(`${this.root}/`, ''))
        return readPolicyFile(source, kind, delimiters)
      },
      ...options,
    })
    this.watch = new RulesWatch(this.rules, this.clock, this.watches.watchFolder)
    after(() => this.watch.close())
  }

  /** In place, as `>` does. The watch tells it. */
  write(path: string, text: string): void {
    const file = join(this.root, path)
    const before = stampAt(file)
    mkdirSync(dirname(file), { recursive: true })
    // Two changes within one tick of the file system's clock look like one.
    do writeFileSync(file, text)
    while (stampAt(file) === before)
    this.tell(path)
  }

  /** Beside it, and then put in its place. */
  replace(path: string, text: string): void {
    const temporary = join(this.root, '.new')
    writeFileSync(temporary, text)
    renameSync(temporary, join(this.root, path))
    this.tell(path)
  }

  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true })
    this.tell(path)
  }

  /** As the operating system does when something happened to the path. */
  tell(path: string): void {
    this.watches.open.get(dirname(join(this.root, path)))?.onChange(path.replace(/^.*\//, ''))
  }

  /** Moves the time, with all that falls due in it. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.now() + ms
    for (;;) {
      const next = this.clock.untilNext()
      const step = Math.min(next ?? Infinity, end - this.clock.now())
      this.clock.advance(step)
      await this.watch.idle()
      if (this.clock.now() >= end && (this.clock.untilNext() ?? 1) > 0) return
    }
  }

  /** Until whatever was changed counts, if it may. */
  async settle(): Promise<void> {
    await this.pass(2000)
  }

  /** The folders that a recipient's policy names, nearest first: `alice < domain`; or `broken`. */
  filesFor(to: string, rules: Rules = this.rules.current): string {
    const found = rules.policyFor(addressOf(to), undefined)
    return 'broken' in found ? 'broken' : namesIn(found.policy)
  }

  policyFor(to: string): Policy | undefined {
    const found = this.rules.current.policyFor(addressOf(to), undefined)
    return 'policy' in found ? found.policy : undefined
  }

  /** What was logged since this was asked last. */
  log(): readonly string[] {
    return this.#log.splice(0)
  }
}

/** A file that leaves its name in the policy. */
export function naming(name: string, ...lines: string[]): string {
  return [...lines, `rules: [{ folder: ${name} }]`, ''].join('\n')
}

function namesIn({ rules }: Policy): string {
  return rules.map(({ folder }) => folder).join(' < ')
}
