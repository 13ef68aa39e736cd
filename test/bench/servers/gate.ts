/** The gate, compiled as it is installed, with its usual log and its metrics on. */
import { mkdirSync, statfsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Daemon } from '../../real/support/daemon.ts'
import { freePort } from '../../support/free-port.ts'
import { listening, type Site } from '../../real/support/site.ts'
import { probing, resourcesOf, type Resources } from './resources.ts'
import type { Server } from './server.ts'

export const repository = fileURLToPath(new URL('../../..', import.meta.url))

/** `policies`: text by path below rules/, without the ending. `more`: further lines of lmtp-gate.yaml. */
export type GateOptions = {
  readonly name: string
  readonly nextHop: number
  readonly policies: Readonly<Record<string, string>>
  readonly more?: readonly string[]
  /** Where Node leaves a profile when the gate ends. */
  readonly profiles?: string
  /** It tells what it holds. */
  readonly probed?: true
}

export type Gate = Server & { readonly resources: () => Promise<Resources> }

/** Throws if the spool would lie in memory: it must cost what it costs in earnest. */
export async function startGate(site: Site, options: GateOptions): Promise<Gate> {
  const { name, nextHop, policies, more = [], profiles, probed } = options
  const port = await freePort()
  const folder = site.folder(name)
  const spool = site.folder(name, 'spool')
  if (statfsSync(spool).type === tmpfs) throw new Error(`${spool} lies on tmpfs; set TMPDIR to a folder on a disk`)
  for (const [path, text] of Object.entries({ default: '', ...policies })) {
    const file = join(folder, 'rules', `${path}.yaml`)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  const config = join(folder, 'lmtp-gate.yaml')
  const places = [`listen: inet:127.0.0.1:${port}`, `next_hop: inet:127.0.0.1:${nextHop}`]
  const metrics = `metrics: inet:127.0.0.1:${await freePort()}`
  const folders = ['rules: rules', 'quarantine: quarantine', 'spool: { folder: spool }']
  writeFileSync(config, [...places, metrics, ...folders, ...more, ''].join('\n'))
  const log = join(folder, 'log')
  const profiling = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`]
  const answer = join(folder, 'resources')
  const probe = probed === undefined ? [] : [probing(answer)]
  const program = [
    process.execPath,
    ...profiling,
    ...probe,
    join(repository, 'dist/main.js'),
    'serve',
    '--config',
    config,
  ]
  const daemon = site.add(new Daemon(program, { log, cwd: folder }))
  await listening(port, log, () => daemon.hasEnded)
  const resources = (): Promise<Resources> => resourcesOf(daemon.pid, spool, answer)
  return { name: 'lmtp-gate', port, group: daemon.pid, resources }
}

const tmpfs = 0x01021994
