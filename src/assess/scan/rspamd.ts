/** Asks rspamd for score, symbols and proofs, by HTTP (`/checkv2`). Its thresholds and actions are not ours, and nothing in them is an order. */
import type { OutgoingHttpHeaders } from 'node:http'
import type { Endpoint } from '../../deliver/endpoint.ts'
import { sizeText } from '../../units.ts'
import { post, type Posted } from './post.ts'
import { readReply } from './rspamd-reply.ts'
import { Runner, type Attempt, type RunnerOptions, type RunnerStats } from './runner.ts'
import { unscannable, type Scanned, type ScanContext, type SpamEvidence, type SpamScanner } from './scanner.ts'
import { whole } from '../../whole.ts'
import { within } from './within.ts'

/** `limit` in octets: of larger messages rspamd is not asked. Its own limit is `max_message`, 50 MB if nobody changed it. */
export type RspamdOptions = RunnerOptions & { readonly limit: number }

const maxAnswer = 1_048_576
/** Of so many recipients rspamd is told; its rules ask for some, never for all. */
const maxRecipients = 100
/** Between a size that is too big and the end of the connection (ms). */
const refusalWithin = 1_000

export class RspamdScanner implements SpamScanner {
  readonly name: string
  readonly #options: RspamdOptions
  readonly #runner: Runner

  constructor(options: RspamdOptions) {
    this.name = options.name
    this.#options = options
    this.#runner = new Runner(options)
  }

  stats(): RunnerStats {
    return this.#runner.stats()
  }

  async scan(context: ScanContext): Promise<Scanned<SpamEvidence>> {
    const { limit } = this.#options
    if (context.message.size > limit) return unscannable(`${this.name}: larger than ${sizeText(limit)}`)
    return this.#runner.run(context.signal, (endpoint, signal) => this.#ask(endpoint, context, signal))
  }

  async #ask(endpoint: Endpoint, context: ScanContext, signal: AbortSignal): Promise<Attempt<SpamEvidence>> {
    const headers = headersOf(context)
    const posted = await post(endpoint, whole(context.message), { ...check, headers, signal })
    switch (posted.kind) {
      case 'answer':
        if (posted.status === 200) return readReply(posted.body, context)
        if (posted.status === 413) return { kind: 'unscannable', words: 'larger than it takes' }
        return { kind: 'failed', cause: `answered ${posted.status}`, answered: true }
      case 'ours':
        return posted
      case 'broken':
        if (!posted.answered && !signal.aborted && (await this.#refusesSize(endpoint, context.message.size, signal)))
          return { kind: 'unscannable', words: 'larger than it takes' }
        return { ...posted, kind: 'failed' }
    }
  }

  /** rspamd hangs up on a message over its limit, without a word, as soon as it has read Content-Length. If it is alive and does that, the size is why. */
  async #refusesSize(endpoint: Endpoint, size: number, signal: AbortSignal): Promise<boolean> {
    const ping = { method: 'GET', path: '/ping', headers: {}, limit: maxAnswer } as const
    if (!isAnswer(await this.#within(signal, until => post(endpoint, nothing(), { ...ping, signal: until }))))
      return false
    const headers = { 'Content-Length': size }
    return this.#within(signal, async until => {
      const posted = await post(endpoint, undefined, { ...check, headers, signal: until })
      return !until.aborted && (posted.kind !== 'answer' || posted.status === 413)
    })
  }

  #within<T>(signal: AbortSignal, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return within(this.#options.clock, refusalWithin, signal, task)
  }
}

const check = { method: 'POST', path: '/checkv2', limit: maxAnswer } as const

function isAnswer(posted: Posted): boolean {
  return posted.kind === 'answer' && posted.status === 200
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  yield* await Promise.resolve([])
}

/** `Pass: all`: rspamd asks all its filters, also when its own thresholds are reached on the way. */
function headersOf({ message, sender, recipients, client, profile, transaction }: ScanContext): OutgoingHttpHeaders {
  const told = {
    'Content-Length': String(message.size),
    Pass: 'all',
    From: `<${sender.path}>`,
    Ip: client?.address,
    Helo: client?.helo,
    Hostname: client?.name,
    'Queue-Id': client?.ident ?? transaction,
    'Settings-Id': profile === '' ? undefined : profile,
  }
  const headers: Record<string, string | string[]> = {
    Rcpt: recipients
      .slice(0, maxRecipients)
      .map(({ path }) => `<${path}>`)
      .filter(isSafe),
  }
  for (const [name, value] of Object.entries(told)) if (value !== undefined && isSafe(value)) headers[name] = value
  return headers
}

/** Nothing from outside may become a header line of its own. */
function isSafe(value: string): boolean {
  return /^[\x20-\x7e\x80-\xff]{1,1000}$/.test(value)
}
