/** Asks SpamAssassin's spamd for score and tests (SPAMC protocol 1.5, `spamd/PROTOCOL` in its source). */
import type { Endpoint } from '../../deliver/endpoint.ts'
import type { Message } from '../../transaction.ts'
import { sizeText } from '../../units.ts'
import { exchange } from './exchange.ts'
import { Runner, type Attempt, type RunnerOptions, type RunnerStats } from './runner.ts'
import { isComplete, readSpamdReply } from './spamd-reply.ts'
import { unscannable, type Scanned, type ScanContext, type SpamEvidence, type SpamScanner } from './scanner.ts'
import { whole } from '../../whole.ts'

/** `limit` in octets: of larger messages spamd is not asked; its time grows with them (spamc stops at 500 KB). */
export type SpamdOptions = RunnerOptions & { readonly limit: number }

const maxReply = 65_536

export class SpamdScanner implements SpamScanner {
  readonly name: string
  readonly #options: SpamdOptions
  readonly #runner: Runner

  constructor(options: SpamdOptions) {
    this.name = options.name
    this.#options = options
    this.#runner = new Runner(options)
  }

  stats(): RunnerStats {
    return this.#runner.stats()
  }

  async scan({ message, profile, signal }: ScanContext): Promise<Scanned<SpamEvidence>> {
    const { limit } = this.#options
    if (message.size > limit) return unscannable(`${this.name}: larger than ${sizeText(limit)}`)
    // spamd waits for ever for a message without an octet.
    if (message.size === 0) return unscannable(`${this.name}: the message is empty`)
    if (!/^[\w.@+-]{0,100}$/.test(profile)) return unscannable(`${this.name}: no user can have the profile's name`)
    return this.#runner.run(signal, (endpoint, until) => ask(endpoint, message, profile, until))
  }
}

async function ask(
  endpoint: Endpoint,
  message: Message,
  profile: string,
  signal: AbortSignal,
): Promise<Attempt<SpamEvidence>> {
  const options = { complete: isComplete, limit: maxReply, signal }
  const { reply, cause, ours, sent } = await exchange(endpoint, request(message, profile), options)
  if (ours) return { kind: 'ours', cause: cause ?? '' }
  if (cause !== undefined)
    return { kind: 'failed', cause: reply.length === 0 ? cause : `reply cut short, ${cause}`, answered: false }
  return readSpamdReply(reply, sent)
}

async function* request(message: Message, profile: string): AsyncGenerator<Uint8Array> {
  const user = profile === '' ? '' : `User: ${profile}\r\n`
  yield Buffer.from(`SYMBOLS SPAMC/1.5\r\nContent-length: ${message.size}\r\n${user}\r\n`)
  yield* whole(message)
}
