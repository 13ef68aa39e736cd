/** Policy files that change under load: every transaction goes by one version of all of them, the one it began with. */
import assert from 'node:assert/strict'
import { renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, describe, it } from 'node:test'
import { RulesWatch } from '../../src/decide/reload/rules-watch.ts'
import { stampAt } from '../../src/decide/stamp.ts'
import { cleanUp } from '../support/cleanup.ts'
import { Client } from '../support/client.ts'
import { FakeClock } from '../support/clock.ts'
import { startGate, type TestGate } from '../support/gate.ts'
import { FakeWatches } from '../support/live-tree.ts'

const rounds = 400
const perRound = 25
const edits = 1000

/** Files, with what each of its rules is found by. */
const files = {
  'default.yaml': 's',
  'example.org/_domain.yaml': 'd',
  'example.org/alice.yaml': 'p',
  'example.org/ben.yaml': 'p',
} as const
type File = keyof typeof files
const names = Object.keys(files) as File[]

/** Every view of every file: alone, and through the policies of several people. */
const views: readonly (readonly [string, File])[] = [
  ['alice+p@example.org', 'example.org/alice.yaml'],
  ['alice+d@example.org', 'example.org/_domain.yaml'],
  ['alice+s@example.org', 'default.yaml'],
  ['ben+s@example.org', 'default.yaml'],
  ['ben+p@example.org', 'example.org/ben.yaml'],
  ['ben+d@example.org', 'example.org/_domain.yaml'],
  ['carol+d@example.org', 'example.org/_domain.yaml'],
  ['zoe+s@other.example', 'default.yaml'],
]
const half = views.length / 2

/** Refuses its detail, and says which version it is. */
function textOf(file: File, version: number): string {
  return `rules:\n  - { when: { detail: ${files[file]} }, then: reject, text: "5.1.1 ${file} v${version}." }\n`
}

const broken = (file: File, version: number) => `${textOf(file, version)}thn: reject\n`

type Versions = Readonly<Record<File, number>>

/** What the replies to the views say under these versions. */
function expected(versions: Versions): string[] {
  return views.map(([, file]) => `550 5.1.1 ${file} v${versions[file]}.`)
}

afterEach(cleanUp)

describe('a thousand edits during ten thousand transactions', () => {
  it('never show in the middle of one, and broken and half-written files never at all', async () => {
    const clock = new FakeClock()
    const first = new Map(names.map(file => [file, textOf(file, 0)]))
    const gate = await startGate({ nextHops: [{ kind: 'inet', host: '127.0.0.1', port: 1 }], clock, rules: first })
    const tree = new Tree(gate, clock)
    const quick = await Client.greet(gate.endpoint)
    const slow = await Promise.all(Array.from({ length: 4 }, () => Client.greet(gate.endpoint)))
    const next = random(20261122)
    let counts: Versions = {
      'default.yaml': 0,
      'example.org/_domain.yaml': 0,
      'example.org/alice.yaml': 0,
      'example.org/ben.yaml': 0,
    }
    let transactions = 0
    let version = 0
    const count = async (times: number, right: readonly string[][]): Promise<void> => {
      transactions += times
      for (const said of await transact(quick, times))
        assert.ok(
          right.some(one => one.join() === said.join()),
          `${said.join('\n')}\nbut\n${right.join('\n')}`,
        )
    }
    for (let round = 0; round < rounds; round += 1) {
      const before = expected(counts)
      await count(7, [before])
      for (const client of slow) client.say('MAIL FROM:<a@a.example>', ...rcpts(0, half))
      for (const client of slow) assert.deepEqual(texts(await client.replies(1 + half)), before.slice(0, half))
      const changed: Partial<Record<File, number>> = {}
      const unfinished: (() => void)[] = []
      for (const file of some(names, next, edits - version, rounds - round)) {
        version += 1
        const [own, way] = [version, next(4)]
        if (way === 0) tree.replace(file, broken(file, own))
        else if (way === 1) tree.replace(file, textOf(file, own))
        else {
          const text = way === 2 ? broken(file, own) : textOf(file, own)
          // What stands there meanwhile is right by itself, and means nothing.
          tree.write(file, '')
          unfinished.push(() => tree.write(file, `${text}${'#'.repeat(own % 50)}\n`))
        }
        if (way === 1 || way === 3) changed[file] = own
      }
      await tree.pass(300)
      await count(7, [before])
      for (const finish of unfinished) finish()
      await tree.pass(300)
      counts = { ...counts, ...changed }
      await count(3, [before, expected(counts)])
      await tree.pass(1500)
      await count(4, [expected(counts)])
      for (const client of slow) client.say(...rcpts(half, views.length), 'RSET')
      for (const client of slow) {
        const said = texts(await client.replies(views.length - half + 1))
        assert.deepEqual(said, before.slice(half), 'a transaction that was begun before')
        transactions += 1
      }
    }
    assert.equal(version, edits)
    assert.equal(transactions, rounds * perRound)
    for (const client of [quick, ...slow]) client.peer.close()
    tree.watch.close()
    await gate.close()
  })
})

/** The gate's policies, changed by the test. */
class Tree {
  readonly watch: RulesWatch
  readonly #root: string
  readonly #clock: FakeClock
  readonly #watches = new FakeWatches()

  constructor(gate: TestGate, clock: FakeClock) {
    this.#root = join(gate.folder, 'rules')
    this.#clock = clock
    this.watch = new RulesWatch(gate.rules, clock, this.#watches.watchFolder)
  }

  replace(file: File, text: string): void {
    const temporary = join(this.#root, '.new')
    writeFileSync(temporary, text)
    renameSync(temporary, join(this.#root, file))
    this.#tell(file)
  }

  write(file: File, text: string): void {
    const path = join(this.#root, file)
    const before = stampAt(path)
    // Two changes within one tick of the file system's clock look like one.
    do writeFileSync(path, text)
    while (stampAt(path) === before)
    this.#tell(file)
  }

  async pass(ms: number): Promise<void> {
    const end = this.#clock.now() + ms
    while (this.#clock.now() < end) {
      this.#clock.advance(Math.min(this.#clock.untilNext() ?? Infinity, end - this.#clock.now()))
      await this.watch.idle()
    }
  }

  #tell(file: File): void {
    this.#watches.open.get(dirname(join(this.#root, file)))?.onChange(file.replace(/^.*\//, ''))
  }
}

/** What the gate says in each of so many transactions, all sent at once. */
async function transact(client: Client, times: number): Promise<string[][]> {
  const one = ['MAIL FROM:<a@a.example>', ...rcpts(0, views.length), 'RSET']
  client.say(...Array.from({ length: times }, () => one).flat())
  const said: string[][] = []
  for (let i = 0; i < times; i += 1) said.push(texts(await client.replies(one.length)))
  return said
}

function rcpts(from: number, to: number): string[] {
  return views.slice(from, to).map(([address]) => `RCPT TO:<${address}>`)
}

/** Without the replies to MAIL and RSET. */
function texts(replies: readonly { readonly lines: readonly string[] }[]): string[] {
  return replies.map(({ lines }) => lines.join('|')).filter(line => !line.startsWith('250 '))
}

function some(all: readonly File[], next: (below: number) => number, left: number, roundsLeft: number): File[] {
  const count = roundsLeft === 1 ? left : Math.min(left, Math.round(left / roundsLeft) + next(2) * 2 - 1, all.length)
  const shuffled = all.map(file => ({ file, rank: next(1000) })).sort((a, b) => a.rank - b.rank)
  return shuffled.slice(0, Math.max(0, count)).map(({ file }) => file)
}

/** The same numbers in every run. */
function random(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return (state >>> 8) % below
  }
}
