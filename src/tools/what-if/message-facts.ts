/** The facts about a message that lies somewhere: given, found by scanners now, or as the gate recorded them in its header. */
import { MimeReader } from '../../assess/mime/mime-reader.ts'
import { mostScanning, openSources } from '../../assess/sources.ts'
import type { Sources } from '../../assess/assessment.ts'
import { systemClock } from '../../clock.ts'
import type { Config } from '../../config/config.ts'
import { factsOf } from '../../decide/facts.ts'
import type { Facts } from '../../decide/facts.ts'
import type { Policy } from '../../decide/policy.ts'
import type { Client, Message, Recipient, Sender } from '../../transaction.ts'
import type { Share } from '../../workers/share.ts'
import { givenFacts, givenSources, withGivenAuth } from '../explain/given-facts.ts'
import { learn } from '../explain/learn.ts'
import type { Doubt } from './decide-surely.ts'
import { onlyRecorded, recordedSources } from './recorded-scanners.ts'

/** `given`: as `--facts` has it, and fit. */
export type FactsFrom =
  { readonly kind: 'recorded' } | { readonly kind: 'scanners' } | { readonly kind: 'given'; readonly given: string }

/** So many threads may ask scanners at a time. */
export const mostThatScan = mostScanning

export type Envelope = {
  readonly sender: Sender
  readonly recipients: readonly Recipient[]
  readonly client: Client | undefined
}

export class MessageFacts {
  readonly #sources: Sources
  readonly #complete: (facts: Facts) => Facts
  readonly #close: () => Promise<void>
  readonly doubt: Doubt

  static async open(from: FactsFrom, config: Config, share: Share): Promise<MessageFacts> {
    const { scanners, trustAuthserv } = config
    if (from.kind === 'scanners') {
      const nobody = { onEvent: () => undefined, onScan: () => undefined }
      const sources = await openSources({ scanners, trustAuthserv, clock: systemClock, share, ...nobody })
      return new MessageFacts(
        sources,
        facts => facts,
        never,
        () => sources.close(),
      )
    }
    const mime = new MimeReader({ clock: systemClock })
    const close = () => mime.close()
    if (from.kind === 'recorded') {
      const field = scanners.spam?.kind === 'header' ? scanners.spam.field : undefined
      const complete = (facts: Facts) => onlyRecorded(facts, scanners.spam?.kind === 'rspamd')
      return new MessageFacts(recordedSources(mime, trustAuthserv, field), complete, symbols, close)
    }
    const given = givenFacts(from.given)
    if (typeof given === 'string') throw new Error(given)
    const complete = (facts: Facts) => withGivenAuth(facts, given)
    return new MessageFacts(givenSources(given, mime, trustAuthserv), complete, never, close)
  }

  private constructor(sources: Sources, complete: (facts: Facts) => Facts, doubt: Doubt, close: () => Promise<void>) {
    this.#sources = sources
    this.#complete = complete
    this.doubt = doubt
    this.#close = close
  }

  /** What these policies ask for; `atRcpt` are the facts that were known before. Rejects if the message cannot be read. */
  async learn(
    message: Message,
    envelope: Envelope,
    policies: readonly Policy[],
  ): Promise<(atRcpt: Facts, policy: Policy) => Facts> {
    const subject = { message, ...envelope, transaction: 'what-if' }
    const { evidence } = await learn(this.#sources, subject, policies, systemClock)
    return (atRcpt, { profile }) => this.#complete(factsOf(atRcpt, atRcpt, evidence(profile)))
  }

  close(): Promise<void> {
    return this.#close()
  }
}

const never: Doubt = () => false
/** The gate writes the score into the header, and not what it came of. */
const symbols: Doubt = ({ name }) => name === 'symbol'
