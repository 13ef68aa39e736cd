/** What is learned about one message, once, for all its recipients: first its header, then by scanners, all together; it comes as it is known. */
import { setMaxListeners } from 'node:events'
import { known, pending } from '../decide/facts.ts'
import type { AuthResult, Evidence, Fact, Structure, VirusReport } from '../decide/facts.ts'
import { authResults } from './auth-results.ts'
import { fromAddresses } from './from.ts'
import { addressees, authorNames, headerTexts } from './header-texts.ts'
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

/** What the policies of a transaction ask for. `fields`: lower-case names of header fields. `profiles`: of the spam scanner, '' where none is named; empty: spam is not asked for. */
export type Wanted = {
  readonly from: boolean
  readonly fromNames: boolean
  readonly to: boolean
  readonly fields: ReadonlySet<string>
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
  #fromNames: Evidence['fromNames'] = notAsked
  #to: Evidence['to'] = notAsked
  #fields: Evidence['fields'] = notAsked
  #received: Evidence['received'] = notAsked
  #told: Fact<readonly AuthResult[]> = notAsked
  #structure: Fact<Structure> = notAsked
  #virus: Fact<VirusReport> = notAsked
  #doubtsClean = false
  readonly #spam = new Map<string, Fact<SpamEvidence>>()
  #isScanning = false
  #outstanding = 0
  #hasNews = false
  #wake: () => void = () => undefined
  #failure: { readonly error: unknown } | undefined

  /** Begins with the header. */
  constructor(sources: Sources, subject: Subject, wanted: Wanted) {
    this.#sources = sources
    this.#subject = subject
    const { message } = subject
    if (wanted.from) this.#from = this.#learn(fromAddresses(message), fact => (this.#from = fact))
    if (wanted.fromNames) this.#fromNames = this.#learn(authorNames(message), fact => (this.#fromNames = fact))
    if (wanted.to) this.#to = this.#learn(addressees(message), fact => (this.#to = fact))
    if (wanted.fields.size > 0) {
      this.#fields = this.#learn(headerTexts(message, [...wanted.fields]), fact => (this.#fields = fact))
    }
    if (wanted.received) this.#received = this.#learn(receivedDate(message), fact => (this.#received = fact))
    if (wanted.auth) {
      this.#told = this.#learn(authResults(message, sources.authservs), fact => (this.#told = fact))
    }
    if (wanted.structure) this.#structure = pending
    if (wanted.virus && sources.virus !== undefined) this.#virus = pending
    if (sources.spam !== undefined) for (const profile of this.#profiles(wanted)) this.#spam.set(profile, pending)
  }

  /** Whether everything is known that can be known without a scanner. */
  get isReadyToScan(): boolean {
    return !this.#isScanning && this.#outstanding === 0
  }

  /** Starts what is `still` wanted of scanners; the rest was for recipients who have their verdicts. Once. */
  scan(still: Wanted): void {
    const { spam, virus, mime } = this.#sources
    this.#isScanning = true
    const limit = still.virus ? virus?.limit : undefined
    this.#doubtsClean = limit !== undefined && this.#subject.message.size <= limit
    this.#structure =
      still.structure || this.#doubtsClean
        ? this.#learn(mime.read(this.#subject.message, this.#signal), fact => (this.#structure = fact))
        : notAsked
    this.#virus =
      still.virus && virus !== undefined
        ? this.#learn(virus.scan(this.#contextFor('')), fact => (this.#virus = fact))
        : notAsked
    this.#spam.clear()
    if (spam === undefined) return
    for (const profile of this.#profiles(still)) {
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
      fromNames: this.#fromNames,
      to: this.#to,
      fields: this.#fields,
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
    if (this.#abort === undefined) {
      this.#abort = new AbortController()
      // Each profile is a scan that listens, and more than ten would be taken for a leak.
      setMaxListeners(0, this.#abort.signal)
    }
    return this.#abort.signal
  }

  /** Proof may come from the spam scanner, too, even if nobody asks for its score. */
  #profiles({ auth, profiles }: Wanted): Iterable<string> {
    return auth && this.#sources.spamProves && profiles.size === 0 ? [''] : profiles
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
