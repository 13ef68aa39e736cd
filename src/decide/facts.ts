/** What is known about a message, and about one recipient of it, when a verdict is asked for. */

/**
 * Why a fact will never be known of this message. `down`: nobody answered, now; it will pass. `unscannable`: too big, encrypted, over a limit,
 * broken; it will never pass. `words` are ours and printable.
 */
export type Why = { readonly kind: 'down' | 'unscannable'; readonly words: string }

/** Not yet asked; known; or unknown for good, and why. A scanner that is down knows nothing, which is not the same as finding nothing. */
export type Fact<T> =
  | { readonly state: 'pending' }
  | { readonly state: 'known'; readonly value: T }
  | { readonly state: 'unknown'; readonly why: Why }

export const pending: { readonly state: 'pending' } = { state: 'pending' }
export function known<T>(value: T): Fact<T> {
  return { state: 'known', value }
}

/** An address as the policy sees it: `local` decoded and unquoted, in its own case; `domain` folded (`glob.ts`), in A-labels; '' if there is none. */
export type PolicyAddress = { readonly local: string; readonly domain: string }

/** Sizes in octets. `sender` undefined is the null sender. Facts of the message are pending at RCPT and certain at the end of data. */
export type Facts = {
  readonly sender: PolicyAddress | undefined
  readonly client: string | undefined
  readonly recipient: PolicyAddress
  /** When the transaction began, in milliseconds since the epoch. */
  readonly now: number
  /** The server's day then, as `2027-01-31`. */
  readonly today: string
  /** The original recipient (ORCPT, RFC 3461 §4.2), if the client told it. */
  readonly original: PolicyAddress | undefined
  readonly declaredSize: number | undefined
  readonly size: Fact<number>
  /** Every address in every From field. */
  readonly from: Fact<readonly PolicyAddress[]>
  /** The display names there, as texts of `fields`. */
  readonly fromNames: Fact<readonly string[]>
  /** Every address in every To and Cc field. */
  readonly to: Fact<readonly PolicyAddress[]>
  /** The header fields that were asked for, whether there are any or not. */
  readonly fields: Fact<readonly Field[]>
  /** The date of the topmost Received field, in milliseconds since the epoch; undefined: it has none. */
  readonly received: Fact<number | undefined>
  /** What trusted hosts found out about where the message comes from. */
  readonly auth: Fact<readonly AuthResult[]>
  /** By the profile that this recipient's policy names. */
  readonly spam: Fact<SpamReport>
  readonly virus: Fact<VirusReport>
  readonly structure: Fact<Structure>
}

/** Facts that come from the message; all others are known before. */
export type Evidence = Pick<
  Facts,
  'size' | 'from' | 'fromNames' | 'to' | 'fields' | 'received' | 'auth' | 'spam' | 'virus' | 'structure'
>

/** Facts that are known at MAIL, the same for every recipient of a transaction. */
export type EnvelopeFacts = Omit<Facts, 'recipient' | 'original' | keyof Evidence>

/** As long as the message is not here. */
export const nothingLearned: Evidence = {
  size: pending,
  from: pending,
  fromNames: pending,
  to: pending,
  fields: pending,
  received: pending,
  auth: pending,
  spam: pending,
  virus: pending,
  structure: pending,
}

/** One by one: a loop over the names takes as long as what it saves. */
export function isNothingLearned(facts: Evidence): boolean {
  return (
    facts.size === pending &&
    facts.from === pending &&
    facts.fromNames === pending &&
    facts.to === pending &&
    facts.fields === pending &&
    facts.received === pending &&
    facts.auth === pending &&
    facts.spam === pending &&
    facts.virus === pending &&
    facts.structure === pending
  )
}

/** Field by field: to spread objects over each other takes many times as long, and this is done for each recipient. */
export function factsOf(
  common: EnvelopeFacts,
  { recipient, original }: Pick<Facts, 'recipient' | 'original'>,
  evidence: Evidence,
): Facts {
  return {
    sender: common.sender,
    client: common.client,
    now: common.now,
    today: common.today,
    declaredSize: common.declaredSize,
    recipient,
    original,
    size: evidence.size,
    from: evidence.from,
    fromNames: evidence.fromNames,
    to: evidence.to,
    fields: evidence.fields,
    received: evidence.received,
    auth: evidence.auth,
    spam: evidence.spam,
    virus: evidence.virus,
    structure: evidence.structure,
  }
}

/**
 * All header fields of one name, which is in lower case: what they say, from the top, decoded (RFC 2047), unfolded, in NFC, each run of blanks
 * as one; of each at most 8192 characters.
 */
export type Field = { readonly name: string; readonly texts: readonly string[] }

/** What a spam scanner says: its score, and its tests that fired by their own names. */
export type SpamReport = { readonly score: number; readonly symbols: readonly string[] }

/** What a virus scanner found, by its own names; none: clean. */
export type VirusReport = { readonly found: readonly string[] }

/** A part with a name, or one that is neither text nor multipart. Names as decoded text in NFC, types in lower case. */
export type Attachment = {
  /** Every reading of its name: RFC 2231 and plain, encoded words, Content-Type and Content-Disposition. */
  readonly names: readonly string[]
  /** Names of what is in it, if it is an archive; of archives in archives, too. */
  readonly inner: readonly string[]
  /** As declared, and as its first octets look. */
  readonly types: readonly string[]
  /** Octets, decoded. */
  readonly size: number
  /** An archive or document that asks for a password. */
  readonly encrypted: boolean
}

/**
 * The parts of a message. `ambiguous`: readers may understand them differently, and why; `unreadable`: some could not be learned, and why; `unseen`:
 * what a scanner cannot have seen, though it may call it clean.
 */
export type Structure = {
  readonly attachments: readonly Attachment[]
  readonly ambiguous: string | undefined
  readonly unreadable: string | undefined
  readonly unseen?: string | undefined
}

/** One result of SPF, DKIM or DMARC (RFC 8601): `domain` in lower case is the one it speaks of, `result` as `pass`, `fail`, `none` … */
export type AuthResult = {
  readonly method: 'spf' | 'dkim' | 'dmarc'
  readonly result: string
  readonly domain: string
}

let minute = -1
let day = ''

/** The day as facts and policy files have it, in the server's own time zone. Made anew only when the minute changes: every transaction asks. */
export function dayOf(date: Date): string {
  const now = Math.floor(date.getTime() / 60_000)
  if (now !== minute) {
    minute = now
    day = dayText(date)
  }
  return day
}

function dayText(date: Date): string {
  const two = (part: number) => String(part).padStart(2, '0')
  return `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}
