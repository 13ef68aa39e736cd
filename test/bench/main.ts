/** `npm run bench`: measures the gate beside its peers and says which bars are met. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Site } from '../real/support/site.ts'
import type { Bench, Measurement } from './bench.ts'
import { Client } from './clients/client.ts'
import { measurements } from './measurements.ts'
import { chart } from './results/chart.ts'
import { machineNow, machineText, type Machine } from './results/machine.ts'
import { withResults } from './results/publish.ts'
import { markdownTable, screenTable } from './results/table.ts'
import { isMet, reached, type Row } from './row.ts'
import { busiest } from './servers/profile.ts'
import { Servers } from './servers/servers.ts'
import { soak } from './soak.ts'

const usage = `npm run bench -- [quick | soak] [options]
  quick          about two minutes: shorter, fewer runs, and not everything
  soak           many messages, and what is left of them in memory and descriptors
  --runs N       measurements of each kind, of which the median counts (5; quick: 2)
  --seconds N    length of one measurement (2; quick: 0.2)
  --only TEXT    only what has TEXT in its name
  --messages N   of the soak (1000000)
  --profile      also says where the gate's processor time went (the profile itself slows it down)
  --json FILE    where the results go as JSON, and as a chart beside it (var/bench.json)
  --publish      puts table and chart into test/bench/README.md, too
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string' },
    seconds: { type: 'string' },
    only: { type: 'string', default: '' },
    messages: { type: 'string', default: '1000000' },
    profile: { type: 'boolean', default: false },
    json: { type: 'string', default: 'var/bench.json' },
    publish: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const kind = positionals[0] ?? 'all'
const here = fileURLToPath(new URL('.', import.meta.url))

if (values.help) process.stdout.write(usage)
else await run(chosen().filter(({ name }) => name.includes(values.only)))

function chosen(): readonly Measurement[] {
  switch (kind) {
    case 'all':
      return measurements
    case 'quick':
      return measurements.filter(({ quick }) => quick)
    case 'soak':
      return [soak(positive('messages', values.messages))]
    default:
      throw new Error(`"${kind}" is not known here: quick, soak, or nothing`)
  }
}

async function run(work: readonly Measurement[]): Promise<void> {
  if (work.length === 0) throw new Error(`nothing has "${values.only}" in its name`)
  const short = kind === 'quick'
  const machine = await machineNow()
  console.log(machineText(machine))
  const site = new Site()
  const profiles = values.profile ? mkdtempSync(join(tmpdir(), 'lmtp-gate-profile-')) : undefined
  const servers = new Servers(site, profiles)
  const bench: Omit<Bench, 'progress'> = {
    site,
    servers,
    client: site.add(new Client()),
    runs: positive('runs', values.runs ?? (short ? '2' : '5')),
    seconds: positive('seconds', values.seconds ?? (short ? '0.2' : '2')),
  }
  const rows: Row[] = []
  try {
    for (const [i, measurement] of work.entries()) {
      const told = (line: string): void => progress(`[${i + 1}/${work.length}] ${line}`)
      rows.push(...(await measurement.run({ ...bench, progress: told })))
    }
  } finally {
    await site.close()
  }
  progress('')
  console.log(screenTable(rows))
  if (servers.missing.length > 0) console.log(`left out, not installed: ${servers.missing.join(', ')}`)
  if (profiles !== undefined) console.log(['', profiles, ...busiest(profiles)].join('\n'))
  save(rows, machine)
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new Error(`--${name} ${text}: write a number above 0`)
  return value
}

/** One line that is written over where a person watches, and a line each where not. */
function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line.slice(0, process.stderr.columns - 1)}`)
  else if (line !== '') process.stderr.write(`${line}\n`)
}

function save(rows: readonly Row[], machine: Machine): void {
  const results = rows.map(row => ({ ...row, reached: reached(row), met: isMet(row) }))
  const picture = chart(rows, machineText(machine).replaceAll('**', ''))
  const file = values.json.replace(/(\.json)?$/, '')
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.json`, `${JSON.stringify({ machine, results }, undefined, 2)}\n`)
  writeFileSync(`${file}.svg`, picture)
  console.log(`written to ${file}.json and ${file}.svg`)
  if (!values.publish) return
  const page = join(here, 'README.md')
  const text = `${machineText(machine)}.\n\n${markdownTable(rows)}\n\n![How far each bar is passed or missed](results.svg)`
  writeFileSync(page, withResults(readFileSync(page, 'utf8'), text))
  writeFileSync(join(here, 'results.svg'), picture)
}
