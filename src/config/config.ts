/** lmtp-gate.yaml as the gate uses it: every key has a value, all of it was checked once, and nothing changes any more. */
import { isUtf8 } from 'node:buffer'
import { existsSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ListenEndpoint } from '../accept/listen.ts'
import { shown } from '../decide/source-file.ts'
import { problemOf, Source } from '../decide/problem.ts'
import type { Problem } from '../decide/problem.ts'
import { readYaml } from '../decide/read/yaml.ts'
import { Findings } from '../decide/read/tree.ts'
import type { Tree } from '../decide/read/tree.ts'
import { endpointText } from '../deliver/endpoint.ts'
import type { Endpoint } from '../deliver/endpoint.ts'
import { loopback } from '../trust.ts'
import type { WatchEndpoint } from '../watch/endpoint.ts'
import { decisionsIn, quarantineIn, spoolIn } from './folders.ts'
import type { SizedFolder, SpoolConfig } from './folders.ts'
import { builtInScanners, scannersOf } from './scanners.ts'
import type { ScannersConfig } from './scanners.ts'
import { Section } from './settings.ts'
import { usualWorkers, workers } from './workers.ts'
import { watchedFrom, watchEndpoint } from './watch-endpoint.ts'
import {
  delimiter,
  endpoint,
  folder,
  hostName,
  listenEndpoint,
  network,
  number,
  oneOf,
  size,
  socketMode,
  time,
} from './values.ts'
import type { Reader } from './values.ts'

/** Sizes in octets, times in milliseconds, folders absolute. */
export type Config = {
  /** Where it was read; undefined: nowhere, the gate is being tried out. */
  readonly file: string | undefined
  readonly listen: readonly ListenEndpoint[]
  /** Networks in CIDR notation or single addresses. */
  readonly trust: readonly string[]
  readonly name: string
  /** Each of its characters is one; '': none. */
  readonly recipientDelimiter: string
  /** Tried in turn; or the folder of the embedded store. */
  readonly nextHop:
    | { readonly kind: 'endpoints'; readonly endpoints: readonly Endpoint[] }
    | { readonly kind: 'store'; readonly folder: string }
  readonly nextHopConnections: number
  readonly rules: string
  /** `size`: of all entries together; the oldest go first. */
  readonly quarantine: SizedFolder
  readonly scanners: ScannersConfig
  /** Whose Authentication-Results count, in lower case. */
  readonly trustAuthserv: readonly string[]
  readonly spool: SpoolConfig
  readonly strayNewlines: 'normalize' | 'reject'
  readonly limits: {
    readonly message: number
    readonly recipients: number
    readonly sessions: number
    readonly deadline: number
  }
  /** Processes that share the work, and the limits above. */
  readonly workers: number
  /** Where the gate can be watched by HTTP; undefined: nowhere. */
  readonly metrics: WatchEndpoint | undefined
  readonly log: { readonly format: 'text' | 'json' }
  /** Where decisions are taken down for `explain --id`; `size`: of all together, the oldest go first. */
  readonly decisions: SizedFolder | 'off'
}

/** The file named on the command line, else the first that is there; undefined: there is none. */
export function findConfig(named: string | undefined, cwd: string): string | undefined {
  if (named !== undefined) return resolve(cwd, named)
  return [resolve(cwd, 'lmtp-gate.yaml'), '/etc/lmtp-gate/lmtp-gate.yaml'].find(file => existsSync(file))
}

/** What the file says, with the places of it. */
export type Written = { readonly source: Source; readonly top: Tree }

/** `draft`: with defaults for what is wrong, to check all else with; undefined if it has no keys. `written`: undefined if there is nothing. */
export type LoadedConfig = { readonly written?: Written | undefined } & (
  | { readonly config: Config; readonly warnings: readonly Problem[] }
  | { readonly problems: readonly Problem[]; readonly draft: Config | undefined }
)

/** Reads and checks the file; all its problems at once. Without a file: defaults for trying out, with `cwd` as the base of folders. */
export function loadConfig(file: string | undefined, cwd: string): LoadedConfig {
  if (file === undefined) return { config: frozen(tryOut(cwd)), warnings: [] }
  const text = readText(file)
  if (typeof text !== 'string') return { problems: [text], draft: undefined }
  const findings = new Findings(new Source(shown(file), text))
  const tree = readYaml(findings)
  if (tree !== undefined && tree.kind !== 'table')
    findings.error(tree.span, 'wrong-type', 'the file has keys on top', 'write key: value')
  const top = new Section(findings, tree?.kind === 'table' ? tree : undefined)
  const config = frozen(configOf(top, file))
  top.done()
  const { broken, problems } = findings
  const written = tree && { source: findings.source, top: tree }
  if (broken) return { problems, draft: tree?.kind === 'table' ? config : undefined, written }
  return { config, warnings: problems, written }
}

const largest = 256 * 1024

function readText(file: string): string | Problem {
  const wrong = (code: 'unreadable' | 'limit', message: string, mend?: string) =>
    problemOf(shown(file), code, message, mend)
  try {
    const octets = readFileSync(file)
    if (octets.length > largest) return wrong('limit', 'the file is over 256 KB')
    if (!isUtf8(octets)) return wrong('unreadable', 'the file is not UTF-8', 'save it as UTF-8')
    return octets.toString()
  } catch (error) {
    return wrong('unreadable', `cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const ports: readonly ListenEndpoint[] = [{ kind: 'inet', host: '127.0.0.1', port: 2424 }]
const dovecot: readonly Endpoint[] = [{ kind: 'unix', path: '/run/dovecot/lmtp' }]
const MB = 1024 * 1024
const minute = 60_000

/** What people look for here. */
const policyKeys = [
  'size',
  'senders',
  'attachments',
  'spam',
  'virus',
  'junk_folder',
  'at_worst',
  'bounce_guard',
  'enforce',
  'shadow',
  'users',
]

function configOf(top: Section, file: string): Config {
  const base = dirname(file)
  top.elsewhere(policyKeys, 'it stands in policy files, such as rules/default.yaml')
  const shared = {
    nextHopConnections: top.one('next_hop_connections', number(1, 10_000)) ?? 50,
    scanners: top.section('scanners', scannersOf),
    spool: top.section('spool', spoolIn(base)),
    limits: top.section('limits', limitsOf),
  }
  const listen = top.several('listen', text => listenEndpoint(text), listenWith) ?? ports
  return {
    file,
    listen,
    trust: top.several('trust', network) ?? loopback,
    name: top.one('name', hostName) ?? ourName(),
    recipientDelimiter: top.one('recipient_delimiter', delimiter) ?? '+',
    nextHop: { kind: 'endpoints', endpoints: top.several('next_hop', elsewhere(listen), routed) ?? dovecot },
    nextHopConnections: shared.nextHopConnections,
    rules: top.one('rules', folder(base)) ?? resolve(base, 'rules'),
    quarantine: top.oneOr('quarantine', ...quarantineIn(base)),
    scanners: shared.scanners,
    trustAuthserv: top.several('trust_authserv', hostName)?.map(name => name.toLowerCase()) ?? [],
    spool: shared.spool,
    strayNewlines: top.one('stray_newlines', oneOf('normalize', 'reject')) ?? 'normalize',
    limits: shared.limits,
    workers: top.one('workers', workers(shared)) ?? usualWorkers(shared),
    metrics: top.maybe('metrics', watchEndpoint, watchedFrom),
    log: top.section('log', log => ({ format: log.one('format', oneOf('text', 'json')) ?? 'text' })),
    decisions: top.oneOr('decisions', ...decisionsIn(base)),
  }
}

/** `{ endpoint: unix:/run/lmtp-gate/lmtp.sock, mode: 0660 }` or `{ endpoint: inet:192.0.2.1:2424, proxy_protocol: [192.0.2.10] }` */
function listenWith(section: Section): ListenEndpoint | undefined {
  const mode = section.one('mode', socketMode)
  const proxies = section.several('proxy_protocol', network)
  return section.needed('endpoint', text => listenEndpoint(text, mode, proxies))
}

/** A gate that is its own next hop would fill the world with one message. */
function elsewhere(listen: readonly Endpoint[]): Reader<Endpoint> {
  const own = listen.map(endpointText)
  return text => {
    const read = endpoint(text)
    if ('wrong' in read || !own.includes(endpointText(read.value))) return read
    return { wrong: 'here the gate itself listens', mend: 'write where Dovecot listens' }
  }
}

function routed(section: Section): undefined {
  section.refuse(
    'not-yet',
    'next hops by domain are not known to this version yet',
    'write one next hop, or a list to be tried in turn',
  )
}

/** RFC 5321 §4.5.3.1.8: at least 100 recipients; §4.5.3.1.7: 64 KB. Postfix waits 10 minutes for a reply, so we must not decide later. */
function limitsOf(limits: Section): Config['limits'] {
  return {
    message: limits.one('message', size(64 * 1024, 1024 * 1024 * MB)) ?? 100 * MB,
    recipients: limits.one('recipients', number(100, 100_000)) ?? 1000,
    sessions: limits.one('sessions', number(1, 100_000)) ?? 500,
    deadline: limits.one('deadline', time(10_000, 9 * minute)) ?? 4 * minute,
  }
}

/** All defaults, and a store and a scanner of our own. */
function tryOut(cwd: string): Config {
  const nothing = new Section(new Findings(new Source('', '')), undefined)
  return {
    ...configOf(nothing, resolve(cwd, 'lmtp-gate.yaml')),
    file: undefined,
    nextHop: { kind: 'store', folder: resolve(cwd, 'var/mail') },
    rules: existsSync(resolve(cwd, 'rules')) ? resolve(cwd, 'rules') : shippedRules,
    scanners: builtInScanners,
    workers: 1,
  }
}

/** The examples that come with the package. */
export const shippedRules = fileURLToPath(new URL('../../rules', import.meta.url))

/** What the system calls us may hold anything; a greeting may not. */
function ourName(): string {
  const read = hostName(hostname())
  return 'value' in read ? read.value : 'localhost'
}

function frozen<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) frozen(part as object)
  return Object.freeze(value)
}
