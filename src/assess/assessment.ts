/** What is learned about one message, once, for all its recipients: everything that is wanted starts together, and comes as it is known. */
import { known, pending } from '../decide/facts.ts'
import type { AuthResult, Evidence, Fact, Structure, VirusReport } from '../decide/facts.ts'
import { authResults } from './auth-results.ts'
import { fromAddresses } from './from.ts'
import type { MimeReader } from './mime/mime-reader.ts'
import { receivedDate } from './received.ts'
import { sureOfClean } from './sure-of-clean.ts'
import type { ScanContext, SpamEvidence, SpamScanner, VirusScanner } from './scan/scanner.ts'

/** What the site can learn with. `authservs` (lower case): whose Authentication-Results count. */
export type Sources = {
  readonly spam: SpamScanner | undefined
  /** The spam scanner looks at SPF, DKIM and DMARC, too. */
  readonly spamProves: boolean
  readonly virus: VirusScanner | undefined
  readonly mime: Pick<MimeReader, 'read'>
  readonly authservs: readonly string[]
}

/** What the policies of a transaction ask for. `profiles`: of the spam scanner, '' where none is named; empty: spam is not asked for. */
export type Wanted = {
  readonly from: boolean
  readonly received: boolean
  readonly auth: boolean
  readonly structure: boolean
  readonly virus: boolean
  readonly profiles: ReadonlySet<string>
}

export type Subject = Omit<ScanContext, 'profile' | 'signal'>

export class Assessment {
  readonly #sources: Sources
  readonly #subject: Subject
  /** Only where somebody can be told to stop: to make one and to abort it costs more than all else that is done for a message that nobody scans. */
  #abort: AbortController | undefined
  #from: Evidence['from'] = notAsked
  #received: Evidence['received'] = notAsked
  #told: Fact<readonly AuthResult[]> = notAsked
  #structure: Fact<Structure> = notAsked
  #virus: Fact<VirusReport> = notAsked
  readonly #doubtsClean: boolean
  readonly #spam = new Map<string, Fact<SpamEvidence>>()
  #outstanding = 0
  #hasNews = false
  #wake: () => void = () => undefined
  #failure: { readonly error: unknown } | undefined

  constructor(sources: Sources, subject: Subject, wanted: Wanted) {
    this.#sources = sources
    this.#subject = subject
    const { message } = subject
    const { spam, virus, mime, authservs } = sources
    if (wanted.from) this.#from = this.#learn(fromAddresses(message), fact => (this.#from = fact))
    if (wanted.received) this.#received = this.#learn(receivedDate(message), fact => (this.#received = fact))
    if (wanted.auth) this.#told = this.#learn(authResults(message, authservs), fact => (this.#told = fact))
    const limit = wanted.virus ? virus?.limit : undefined
    this.#doubtsClean = limit !== undefined && message.size <= limit
    if (wanted.structure || this.#doubtsClean) {
      this.#structure = this.#learn(mime.read(message, this.#signal), fact => (this.#structure = fact))
    }
    if (wanted.virus && virus !== undefined) {
      this.#virus = this.#learn(virus.scan(this.#contextFor('')), fact => (this.#virus = fact))
    }
    if (spam === undefined) return
    // Proof may come from the spam scanner, too, even if nobody asks for its score.
    const profiles = wanted.auth && sources.spamProves && wanted.profiles.size === 0 ? [''] : wanted.profiles
    for (const profile of profiles) {
      this.#spam.set(
        profile,
        this.#learn(spam.scan(this.#contextFor(profile)), fact => this.#spam.set(profile, fact)),
      )
    }
  }

  /** What is known now, for recipients with this profile. */
  evidence(profile: string): Evidence {
    return {
      size: known(this.#subject.message.size),
      from: this.#from,
      received: this.#received,
      auth: this.#auth(),
      spam: this.#spam.get(profile) ?? notAsked,
      virus: this.#doubtsClean ? sureOfClean(this.#virus, this.#structure) : this.#virus,
      structure: this.#structure,
    }
  }

  /** Resolves when more is known than at the last call. Rejects if the spool fails, and for a bug. */
  async next(): Promise<void> {
    if (!this.#hasNews && this.#outstanding === 0) throw new Error('every fact is known, and more is asked for')
    if (!this.#hasNews) await new Promise<void>(resolve => (this.#wake = resolve))
    if (this.#failure !== undefined) throw this.#failure.error
    this.#hasNews = false
  }

  /** Nobody needs the rest. */
  cancel(): void {
    if (this.#outstanding > 0) this.#abort?.abort()
  }

  #learn<T>(learning: Promise<Fact<T>>, take: (fact: Fact<T>) => void): Fact<T> {
    this.#outstanding += 1
    learning
      .then(take)
      .catch((error: unknown) => {
        this.#failure = { error }
      })
      .finally(() => {
        this.#outstanding -= 1
        this.#hasNews = true
        this.#wake()
      })
    return pending
  }

  get #signal(): AbortSignal {
    this.#abort ??= new AbortController()
    return this.#abort.signal
  }

  #contextFor(profile: string): ScanContext {
    return { ...this.#subject, profile, signal: this.#signal }
  }

  /** What trusted hosts wrote and what the scanner found both count; a scanner that is silent takes nothing away from them. */
  #auth(): Evidence['auth'] {
    const told = this.#told
    const scanned = this.#proofs()
    if (told.state !== 'known' || scanned === undefined) return told.state === 'unknown' ? told : pending
    return known([...told.value, ...scanned])
  }

  /** Of the first scan that is known in the order of the profiles, so that no later one changes it. Undefined: that is still to come. */
  #proofs(): readonly AuthResult[] | undefined {
    if (!this.#sources.spamProves) return []
    for (const scan of this.#spam.values()) {
      if (scan.state === 'pending') return undefined
      if (scan.state === 'known') return scan.value.auth ?? []
    }
    return []
  }
}

/** Nobody's policy needs it. */
export const notAsked = { state: 'unknown', why: { kind: 'down', words: 'not asked for' } } as const
