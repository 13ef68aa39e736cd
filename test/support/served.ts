/** The gate as its administrator runs it, as processes, in front of a next hop of the test. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endpointText } from '../../src/deliver/endpoint.ts'
import type { Endpoint } from '../../src/deliver/endpoint.ts'
import { later } from './cleanup.ts'
import { freePort } from './free-port.ts'
import { readMetrics } from './prometheus.ts'
import { eventually, patience, patiently } from './turns.ts'

/** A folder with a configuration and policy files; gone after the test. */
export type ServedSite = {
  readonly folder: string
  readonly inet: Endpoint
  readonly unix: Extract<Endpoint, { kind: 'unix' }>
  readonly watch: number
}

/** `settings`: further lines of lmtp-gate.yaml. */
export async function servedSite(nextHop: Endpoint, ...settings: readonly string[]): Promise<ServedSite> {
  const folder = mkdtempSync(join(tmpdir(), 'lmtp-gate-served-'))
  later(() => rmSync(folder, { recursive: true, force: true }))
  const [lmtp, watch] = [await freePort(), await freePort()]
  const unix = { kind: 'unix', path: join(folder, 'lmtp.sock') } as const
  const lines = [
    'name: gate.example',
    `listen: [inet:127.0.0.1:${lmtp}, { endpoint: ${endpointText(unix)}, mode: 0666 }]`,
    `next_hop: ${endpointText(nextHop)}`,
    `metrics: inet:127.0.0.1:${watch}`,
    ...settings,
  ]
  writeFileSync(join(folder, 'lmtp-gate.yaml'), lines.join('\n'))
  mkdirSync(join(folder, 'rules'))
  writeFileSync(join(folder, 'rules/default.yaml'), 'size: { max: 50MB }\n')
  return { folder, inet: { kind: 'inet', host: '127.0.0.1', port: lmtp }, unix, watch }
}

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const node = [process.execPath, '--import', import.meta.resolve('tsx'), main] as const

export class Served {
  readonly site: ServedSite
  readonly ended: Promise<number | NodeJS.Signals>
  readonly #child: ChildProcess
  #log = ''

  /** Resolves when it listens; it ends with the test at the latest. */
  static async start(site: ServedSite): Promise<Served> {
    const served = new Served(site)
    await served.says(': start: ')
    return served
  }

  /** As it begins. */
  constructor(site: ServedSite) {
    this.site = site
    const [program, ...args] = node
    const child = spawn(program, [...args, 'serve'], { cwd: site.folder, stdio: ['ignore', 'pipe', 'inherit'] })
    this.#child = child
    child.stdout.setEncoding('latin1').on('data', (text: string) => (this.#log += text))
    this.ended = new Promise(resolve => child.once('close', (code, signal) => resolve(code ?? signal ?? 'SIGKILL')))
    later(() => this.kill())
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Everything logged so far. */
  get log(): string {
    return this.#log
  }

  /** Process ids of workers that got ready and did not end, by their number. */
  get workers(): readonly number[] {
    const found = [...this.#log.matchAll(/: worker (ready|ended): worker=\d+, process=(\d+)/g)]
    const ended = new Set(found.filter(([, what]) => what === 'ended').map(([, , pid]) => pid))
    return found.filter(([, what, pid]) => what === 'ready' && !ended.has(pid)).map(([, , pid]) => Number(pid))
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  says(text: string): Promise<void> {
    return eventually(
      () => this.#log.includes(text),
      () => `the log does not say ${text}:\n${this.#log}`,
    )
  }

  /** What is at `path` of its own endpoint. */
  async ask(path: string): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.site.watch}${path}`)
    return `${response.status} ${await response.text()}`
  }

  /** The value of a metric, as its line names it. */
  async metric(line: string): Promise<number | undefined> {
    const metrics = readMetrics((await this.ask('/metrics')).slice('200 '.length))
    return [...metrics.values()].flatMap(({ samples }) => samples.get(line)?.value ?? [])[0]
  }

  /** Scrapes until it has this value: on a busy machine a worker may be too late for one scrape, and what it said before counts. */
  async counts(line: string, value: number): Promise<void> {
    const giveUp = Date.now() + patience
    let last = await this.metric(line)
    while (last !== value && Date.now() < giveUp) last = await this.metric(line)
    assert.equal(last, value, line)
  }

  end(): Promise<number | NodeJS.Signals> {
    return patiently(this.ended, () => `it does not end:\n${this.#log}`)
  }

  /** kill -9, and of what it leaves behind. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.ended
    for (const pid of this.workers) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  }
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
