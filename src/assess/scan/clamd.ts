/** Asks clamd whether a message has a virus. Our own client; `src/README.md` says why not clamscan's. */
import { gzipSync } from 'node:zlib'
import type { VirusReport } from '../../decide/facts.ts'
import { endpointText, type Endpoint } from '../../deliver/endpoint.ts'
import { sizeText } from '../../units.ts'
import type { Message } from '../../transaction.ts'
import { announcement, inStream, isComplete, maxStream, readAnswer, refusesSize } from './clamd-protocol.ts'
import { exchange, type Exchanged } from './exchange.ts'
import { Runner, type Attempt, type RunnerOptions, type RunnerStats } from './runner.ts'
import { printable, unscannable, type Scanned, type ScanContext, type VirusScanner } from './scanner.ts'
import { within } from './within.ts'

/** `limit` in octets: of larger messages clamd is not asked. It must not exceed clamd's MaxFileSize, above which it says OK unseen. */
export type ClamdOptions = RunnerOptions & { readonly limit: number }

const maxReply = 4096
/** Between two looks at the version of the signatures, and the longest wait for an answer, in ms. */
const versionEvery = 60_000
const versionWithin = 5_000
/** To a size that is too big clamd says no at once (ms). */
const refusalWithin = 1_000

export class ClamdScanner implements VirusScanner {
  readonly name: string
  readonly limit: number
  readonly #options: ClamdOptions
  readonly #runner: Runner
  readonly #versions = new Map<Endpoint, string>()
  readonly #closed = new AbortController()
  #stopTimer: () => void = () => undefined

  constructor(options: ClamdOptions) {
    this.name = options.name
    this.limit = Math.min(options.limit, maxStream)
    this.#options = options
    this.#runner = new Runner(options)
  }

  /** Asks for the version of the signatures, now and every minute until `close`, and once whether clamd admits to its limits. */
  async start(): Promise<void> {
    const { endpoints } = this.#options
    await Promise.all([this.#refresh(), ...endpoints.map(endpoint => this.#checkLimits(endpoint))])
  }

  /** Of all endpoints that told it. */
  version(): string | undefined {
    const told = [...this.#versions].map(([endpoint, version]) => `${endpointText(endpoint)} ${version}`)
    return told.length === 0 ? undefined : told.sort().join(', ')
  }

  stats(): RunnerStats {
    return this.#runner.stats()
  }

  async scan({ message, signal }: ScanContext): Promise<Scanned<VirusReport>> {
    const { name, limit } = this
    if (message.size > limit) return unscannable(`${name}: larger than ${sizeText(limit)}`)
    return this.#runner.run(signal, (endpoint, until) => this.#ask(endpoint, message, until))
  }

  close(): void {
    this.#closed.abort()
    this.#stopTimer()
  }

  async #ask(endpoint: Endpoint, message: Message, signal: AbortSignal): Promise<Attempt<VirusReport>> {
    const exchanged = await exchange(endpoint, inStream(message), { complete: isComplete, limit: maxReply, signal })
    const { cause, ours, reply } = exchanged
    if (cause === undefined) return readAnswer(exchanged)
    if (ours) return { kind: 'ours', cause }
    if (!signal.aborted && (await this.#refuses(endpoint, message.size, signal)))
      return { kind: 'unscannable', words: 'larger than it takes' }
    return { kind: 'failed', cause: reply.length === 0 ? cause : `reply cut short, ${cause}`, answered: false }
  }

  /** A refusal can be lost when it meets what we are still sending (the kernel resets the connection). Announcing the size alone shows it. */
  async #refuses(endpoint: Endpoint, size: number, signal: AbortSignal): Promise<boolean> {
    return refusesSize(await this.#within(refusalWithin, endpoint, announcement(size), signal))
  }

  async #refresh(): Promise<void> {
    this.#stopTimer = this.#options.clock.after(versionEvery, () => void this.#refresh())
    await Promise.all(this.#options.endpoints.map(endpoint => this.#askVersion(endpoint)))
  }

  async #askVersion(endpoint: Endpoint): Promise<void> {
    const { cause, reply } = await this.#within(versionWithin, endpoint, Buffer.from('zVERSION\0'), this.#closed.signal)
    if (cause === undefined) this.#versions.set(endpoint, printable(reply.toString('latin1', 0, reply.indexOf(0))))
  }

  /** clamd says OK to what is over its limits unless AlertExceedsMax is set; so it is shown something that is over every limit. */
  async #checkLimits(endpoint: Endpoint): Promise<void> {
    const nest = overEveryLimit()
    const stream = Buffer.concat([announcement(nest.length), nest, Buffer.alloc(4)])
    const exchanged = await this.#within(versionWithin, endpoint, stream, this.#closed.signal)
    if (exchanged.cause !== undefined || readAnswer(exchanged).kind !== 'known') return
    const cause = 'says OK to what is over its limits: set AlertExceedsMax in clamd.conf'
    this.#options.onEvent({ kind: 'scanner mute', scanner: this.name, endpoint, cause })
  }

  async #within(ms: number, endpoint: Endpoint, request: Buffer, signal: AbortSignal): Promise<Exchanged> {
    return within(this.#options.clock, ms, signal, until =>
      exchange(endpoint, once(request), { complete: isComplete, limit: maxReply, signal: until }),
    )
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes)
}

/** MaxRecursion is at most 100 (clamd.conf(5)). */
function overEveryLimit(): Buffer {
  let nest = Buffer.from('nothing')
  for (let i = 0; i < 120; i += 1) nest = gzipSync(nest)
  return nest
}
