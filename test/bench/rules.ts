/** What 100 000 persons' policy files cost at start and at one change: `node --import tsx test/bench/rules.ts [folders]`. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/clock.ts'
import { LiveRules } from '../../src/decide/reload/live-rules.ts'
import { RulesWatch } from '../../src/decide/reload/rules-watch.ts'
import { watchFolder } from '../../src/decide/reload/watch-folder.ts'
import { until } from '../real/support/until.ts'

const persons = 100_000
/** One with all of them is the worst case for a change. */
const folders = Number(process.argv[2] ?? 1)

const root = mkdtempSync(join(tmpdir(), 'lmtp-gate-bench-'))
try {
  write()
  await measure()
} finally {
  rmSync(root, { recursive: true })
}

function write(): void {
  writeFileSync(join(root, 'default.yaml'), 'spam: { junk: 6 }\n')
  for (let i = 0; i < folders; i += 1) {
    mkdirSync(join(root, `d${i}.example`))
    for (let j = 0; j < persons / folders; j += 1)
      writeFileSync(join(root, `d${i}.example/person${j}.yaml`), 'spam: { junk: 4 }\nsenders: { block: ["*.top"] }\n')
  }
}

async function measure(): Promise<void> {
  const [memory, begun] = [resident(), performance.now()]
  const rules = LiveRules.load({
    root,
    recipientDelimiter: '+',
    messageLimit: 100 * 1024 ** 2,
    abilities: { spam: true, virus: false, proof: false },
    clock: systemClock,
    onEvent: () => undefined,
  })
  if ('problems' in rules) throw new Error('the tree is wrong')
  const watch = new RulesWatch(rules, systemClock, watchFolder)
  const indexed = performance.now()
  const loaded = resident()
  const version = rules.current
  writeFileSync(join(root, 'd0.example/person7.yaml'), 'spam: { junk: 5 }\n')
  await until('the change counts', () => rules.current !== version)
  const counted = performance.now()
  watch.close()
  process.stdout.write(
    `${persons} files in ${folders} folders: indexed and watched in ${Math.round(indexed - begun)} ms, ` +
      `${loaded - memory} MB more (${loaded} MB in all); one change counts after ${Math.round(counted - indexed)} ms, ${resident()} MB\n`,
  )
}

function resident(): number {
  return Math.round(process.memoryUsage.rss() / 1e6)
}
