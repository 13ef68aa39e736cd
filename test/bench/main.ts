/** `npm run bench`: how fast the gate is beside no proxy and beside Dovecot's own, or (--memory) how much memory it takes. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { Site } from '../real/support/site.ts'
import { cases } from './cases.ts'
import { measureFlatness, measurePeak, megabytes } from './memory.ts'
import { measureSpeed } from './speed.ts'
import { table } from './table.ts'
import { startDovecotProxy, startGate, startSink, type Target } from './targets.ts'

const usage = `npm run bench -- [options]
  --runs N       measurements of each kind, of which the median counts (3)
  --seconds N    length of one measurement (2)
  --only TEXT    only loads whose name contains TEXT
  --memory       instead: memory over many messages, and with fifty large ones at once
  --messages N   how many messages are many (100000)
  --json FILE    where the results go as JSON (var/bench.json)
`

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '2' },
    only: { type: 'string', default: '' },
    memory: { type: 'boolean', default: false },
    messages: { type: 'string', default: '100000' },
    json: { type: 'string', default: 'var/bench.json' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) process.stdout.write(usage)
else await bench()

async function bench(): Promise<void> {
  const site = new Site()
  try {
    const sink = await startSink(site)
    const gate = await startGate(site, sink.port)
    save(values.memory ? await benchMemory(gate) : await benchSpeed(site, sink, gate))
  } finally {
    await site.close()
  }
}

async function benchSpeed(site: Site, sink: Target, gate: Target): Promise<object> {
  const dovecot = await startDovecotProxy(site, sink.port)
  if (dovecot === undefined) console.log("Dovecot's proxy is left out: not installed")
  const chosen = cases.filter(({ name }) => name.includes(values.only))
  const targets = dovecot === undefined ? [sink, gate] : [sink, gate, dovecot]
  const options = { runs: Number(values.runs), seconds: Number(values.seconds), progress }
  const speed = await measureSpeed(chosen, targets, options)
  progress('')
  console.log(table(chosen, speed))
  return { speed }
}

async function benchMemory(gate: Target): Promise<object> {
  const flat = await measureFlatness(gate, { messages: Number(values.messages), progress })
  const peak = await measurePeak(gate, progress)
  progress('')
  console.log(
    `PSS after each twelfth of ${values.messages} messages: ${flat.series.map(({ pss }) => megabytes(pss)).join(', ')}`,
  )
  console.log(
    `  last third against middle third: ${(flat.growth * 100).toFixed(1)} % (aim: at most 10 %): ${met(flat.met)}`,
  )
  console.log(
    `Largest PSS with 50 sessions of 50 MB: ${megabytes(peak.peak)} in ${peak.seconds.toFixed(1)} s (aim: under 300 MB): ${met(peak.met)}`,
  )
  return { flat, peak }
}

function met(isMet: boolean): string {
  return isMet ? 'met' : 'MISSED'
}

/** One line that is written over where a person watches, and a line each where not. */
function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`)
  else if (line !== '') process.stderr.write(`${line}\n`)
}

function save(results: object): void {
  const machine = {
    date: new Date().toISOString(),
    processor: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    memory: megabytes(totalmem()),
    kernel: release(),
    node: process.version,
    commit: execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim(),
  }
  mkdirSync(dirname(values.json), { recursive: true })
  writeFileSync(values.json, `${JSON.stringify({ machine, ...results }, undefined, 2)}\n`)
  console.log(
    `${machine.processor}, ${machine.memory}, Linux ${machine.kernel}, Node ${machine.node}, ${machine.commit}, ${machine.date}`,
  )
  console.log(`written to ${values.json}`)
}
