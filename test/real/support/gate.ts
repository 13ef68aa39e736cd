/** The gate as its administrator runs it: a process of its own with an lmtp-gate.yaml and a folder of policies. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Daemon } from './daemon.ts'
import { freePort } from '../../support/free-port.ts'
import { listening, type Place, type Site } from './site.ts'

const repository = fileURLToPath(new URL('../../..', import.meta.url))
const program = ['--import', 'tsx', join(repository, 'src/main.ts')]

/** `policies`: text by path below rules/, without the ending. `proxies`: load balancers. `more`: further lines of lmtp-gate.yaml. */
type Options = {
  readonly nextHop: Place
  readonly policies?: Readonly<Record<string, string>>
  readonly proxies?: readonly string[]
  readonly more?: string
}

/** What a command printed, and its exit code. */
export type Ran = { readonly code: number; readonly output: string; readonly complaint: string }

export type Kept = { readonly id: string; readonly to: string; readonly message: Buffer }

export class Gate {
  /** It listens at both. */
  readonly lmtp: number
  readonly socket: string
  /** Where it listens for load balancers, if there are any. */
  readonly proxied: number
  readonly #folder: string
  #daemon: Daemon | undefined

  /** `name` tells several gates of one site apart. */
  static async start(site: Site, options: Options, name = 'gate'): Promise<Gate> {
    const gate = site.add(new Gate(site.folder(name), await freePort(), await freePort()))
    gate.#configure(options)
    await gate.start()
    return gate
  }

  private constructor(folder: string, lmtp: number, proxied: number) {
    this.#folder = folder
    this.lmtp = lmtp
    this.proxied = proxied
    this.socket = join(folder, 'lmtp.sock')
  }

  /** Path of its lmtp-gate.yaml. */
  get config(): string {
    return join(this.#folder, 'lmtp-gate.yaml')
  }

  async start(): Promise<void> {
    const log = join(this.#folder, 'gate.log')
    const serve = ['serve', '--config', this.config]
    const daemon = new Daemon([process.execPath, ...program, ...serve], { log, cwd: repository })
    this.#daemon = daemon
    for (const place of [this.lmtp, this.socket]) await listening(place, log, () => daemon.hasEnded)
  }

  /** What `lmtp-gate explain --json` prints with these options. */
  async explain(...options: readonly string[]): Promise<string> {
    const { output } = await this.command('explain', '--json', ...options)
    return output
  }

  /** kill -9 */
  async kill(): Promise<void> {
    await this.#daemon?.kill()
  }

  async stop(): Promise<void> {
    await this.#daemon?.stop()
  }

  signal(signal: NodeJS.Signals): void {
    this.#daemon?.signal(signal)
  }

  /** The exit code, or the signal that ended it. */
  async ended(): Promise<number | NodeJS.Signals | undefined> {
    return this.#daemon?.ended
  }

  /** Runs `lmtp-gate` with these words and this gate's configuration. Texts are latin1: one character, one octet. */
  async command(...words: readonly string[]): Promise<Ran> {
    const args = [...program, ...words, '--config', this.config]
    const child = spawn(process.execPath, args, { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] })
    const [output, complaint] = [child.stdout, child.stderr].map(async stream => {
      const pieces: Buffer[] = []
      for await (const piece of stream) pieces.push(piece as Buffer)
      return Buffer.concat(pieces).toString('latin1')
    })
    const [code] = (await once(child, 'close')) as [number]
    return { code, output: await output!, complaint: await complaint! }
  }

  log(): string {
    return readFileSync(join(this.#folder, 'gate.log'), 'utf8')
  }

  /** Process ids of the workers that are ready, as far as it has logged. */
  workers(): readonly number[] {
    const found = [...this.log().matchAll(/: worker (ready|ended): worker=\d+, process=(\d+)/g)]
    const ended = new Set(found.filter(([, what]) => what === 'ended').map(([, , pid]) => pid))
    return found.filter(([, what, pid]) => what === 'ready' && !ended.has(pid)).map(([, , pid]) => Number(pid))
  }

  /** Names of the files in the spool folder. */
  spooled(): readonly string[] {
    return readdirSync(join(this.#folder, 'spool'))
  }

  /** What is in quarantine, by recipient. */
  quarantined(): readonly Kept[] {
    const folder = join(this.#folder, 'quarantine')
    return readdirSync(folder).map(name => {
      const entry = JSON.parse(readFileSync(join(folder, name, 'entry.json'), 'utf8')) as {
        readonly id: string
        readonly recipient: { readonly path: string }
      }
      return { id: entry.id, to: entry.recipient.path, message: readFileSync(join(folder, name, 'message.eml')) }
    })
  }

  #configure({ nextHop, policies = {}, proxies, more = '' }: Options): void {
    for (const [path, text] of Object.entries({ default: 'size: { max: 100MB }\n', ...policies })) {
      const file = join(this.#folder, 'rules', `${path}.yaml`)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
    const lines = [
      'listen:',
      `  - inet:127.0.0.1:${this.lmtp}`,
      `  - { endpoint: unix:${this.socket}, mode: 0666 }`,
      proxies ? `  - { endpoint: inet:127.0.0.1:${this.proxied}, proxy_protocol: [${proxies.join(', ')}] }` : '',
      `next_hop: ${typeof nextHop === 'number' ? `inet:127.0.0.1:${nextHop}` : `unix:${nextHop}`}`,
      'rules: rules',
      'quarantine: quarantine',
      // So little memory that most messages of these tests rest in a file.
      'spool: { folder: spool, memory: 16K, total: 64K }',
      more,
    ]
    writeFileSync(this.config, lines.join('\n'))
  }
}
