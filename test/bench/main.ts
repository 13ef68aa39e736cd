/** `npm run bench`: measures the gate beside its peers and says which bars are met. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { cpus, release, tmpdir, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { Site } from '../real/support/site.ts'
import type { Bench } from './bench.ts'
import { Client } from './clients/client.ts'
import { measurements } from './measurements.ts'
import { screenTable } from './results/table.ts'
import { isMet, reached, type Row } from './row.ts'
import { busiest } from './servers/profile.ts'
import { Servers } from './servers/servers.ts'

const usage = `npm run bench -- [options]
  --runs N       measurements of each kind, of which the median counts (5)
  --seconds N    length of one measurement (2)
  --only TEXT    only what has TEXT in its name
  --profile      also says where the gate's processor time went (the profile itself slows it down)
  --json FILE    where the results go as JSON (var/bench.json)
`

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    profile: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    json: { type: 'string', default: 'var/bench.json' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) process.stdout.write(usage)
else await run()

async function run(): Promise<void> {
  const site = new Site()
  const profiles = values.profile ? mkdtempSync(join(tmpdir(), 'lmtp-gate-profile-')) : undefined
  const client = site.add(new Client())
  const options = { runs: Number(values.runs), seconds: Number(values.seconds), progress }
  const bench: Bench = { site, client, servers: new Servers(site, profiles), ...options }
  const rows: Row[] = []
  try {
    for (const measurement of measurements.filter(({ name }) => name.includes(values.only))) {
      rows.push(...(await measurement.run(bench)))
    }
  } finally {
    await site.close()
  }
  progress('')
  console.log(screenTable(rows))
  if (profiles !== undefined) console.log(['', profiles, ...busiest(profiles)].join('\n'))
  save(rows)
}

/** One line that is written over where a person watches, and a line each where not. */
function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`)
  else if (line !== '') process.stderr.write(`${line}\n`)
}

function save(rows: readonly Row[]): void {
  const machine = {
    date: new Date().toISOString(),
    processor: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 1024 ** 3)} GB`,
    kernel: release(),
    node: process.version,
    commit: execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim(),
  }
  const results = rows.map(row => ({ ...row, reached: reached(row), met: isMet(row) }))
  mkdirSync(dirname(values.json), { recursive: true })
  writeFileSync(values.json, `${JSON.stringify({ machine, results }, undefined, 2)}\n`)
  const { processor, memory, kernel, node, commit, date } = machine
  console.log(`${processor}, ${memory}, Linux ${kernel}, Node ${node}, ${commit}, ${date}`)
  console.log(`written to ${values.json}`)
}
