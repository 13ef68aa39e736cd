/** The gate as `serve` runs it, within the test's process: on loopback, with a clock that the test moves. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { loadConfig } from '../../src/config/config.ts'
import type { Config } from '../../src/config/config.ts'
import { formatProblem } from '../../src/decide/problem.ts'
import type { LiveRules } from '../../src/decide/reload/live-rules.ts'
import { endpointText } from '../../src/deliver/endpoint.ts'
import type { Endpoint } from '../../src/deliver/endpoint.ts'
import { loadRules } from '../../src/load-rules.ts'
import { startGate as start } from '../../src/parts.ts'
import type { Running } from '../../src/parts.ts'
import type { Log } from '../../src/watch/log.ts'
import { Metrics } from '../../src/watch/metrics/metrics.ts'
import { logRules } from '../../src/watch/rules-events.ts'
import { eventLine, recipientLine } from '../../src/watch/text-log.ts'
import type { FakeClock } from './clock.ts'

export type TestGateOptions = {
  readonly nextHops: readonly Endpoint[]
  readonly clock: FakeClock
  /** Policy files by path below rules/. */
  readonly rules?: ReadonlyMap<string, string>
  /** Keys of lmtp-gate.yaml, dotted, and their values. */
  readonly settings?: ReadonlyMap<string, string>
  /** Sees each recipient's line before it is logged; what it throws is a bug in the gate. */
  readonly onRecipient?: (line: string) => void
}

export type TestGate = {
  readonly endpoint: Endpoint
  /** Its folders: rules, spool, quarantine; and lmtp-gate.yaml. */
  readonly folder: string
  readonly config: Config
  readonly rules: LiveRules
  log(): readonly string[]
  readonly running: Running
  drain(): Promise<void>
  /** Drains, and leaves nothing behind: sessions that are open must be closed by the test, or end by themselves. */
  close(): Promise<void>
}

/** Throws if the configuration or a policy file that must be right is wrong. */
export async function startGate(options: TestGateOptions): Promise<TestGate> {
  const folder = mkdtempSync(join(tmpdir(), 'lmtp-gate-test-'))
  write(join(folder, 'rules', 'default.yaml'), '')
  for (const [file, text] of options.rules ?? []) write(join(folder, 'rules', file), text)
  const file = join(folder, 'lmtp-gate.yaml')
  write(file, configText(options))
  const lines: string[] = []
  const metrics = new Metrics()
  const log = metrics.counted(logInto(lines, options.onRecipient))
  const loaded = loadConfig(file, folder)
  if ('problems' in loaded) throw new Error(loaded.problems.map(formatProblem).join('\n'))
  const { config } = loaded
  const rules = loadRules(config, options.clock, event => logRules(log, event))
  if ('problems' in rules) throw new Error(rules.problems.map(formatProblem).join('\n'))
  const anyPort = { ...config, listen: [{ kind: 'inet', host: '127.0.0.1', port: 0 }] as const }
  const running = await start(anyPort, { rules, log, metrics, clock: options.clock })
  const endpoint = running.endpoints[0]
  if (endpoint === undefined) throw new Error('the gate does not listen')
  return {
    endpoint,
    folder,
    config,
    rules,
    log: () => lines,
    running,
    drain: () => running.drain(),
    close: async () => {
      await running.drain()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

/** `limits.message: 1MB` is `message: 1MB` below `limits`. */
function configText({ nextHops, settings }: TestGateOptions): string {
  const top = new Map([
    ['name', 'gate.example'],
    ['next_hop', JSON.stringify(nextHops.map(endpointText))],
    ['decisions', 'off'],
  ])
  const sections = new Map<string, string[]>()
  for (const [key, value] of settings ?? []) {
    const [section = '', name] = key.split('.')
    if (name === undefined) top.set(key, value)
    else sections.set(section, [...(sections.get(section) ?? []), `  ${name}: ${value}`])
  }
  const lines = [...top].map(([key, value]) => `${key}: ${value}`)
  for (const [section, entries] of sections) lines.push(`${section}:`, ...entries)
  return `${lines.join('\n')}\n`
}

function logInto(lines: string[], onRecipient?: TestGateOptions['onRecipient']): Log {
  return {
    recipient: settled => {
      const line = recipientLine(settled)
      onRecipient?.(line)
      lines.push(line)
    },
    event: (level, name, fields) => lines.push(eventLine(level, name, fields)),
    flush: () => Promise.resolve(),
    flushNow: () => undefined,
  }
}
