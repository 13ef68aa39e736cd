/** What assess/ asks scanners, and what they answer: evidence, never a verdict. */
import type { AuthResult, Fact, SpamReport, VirusReport } from '../../decide/facts.ts'
import type { Endpoint } from '../../deliver/endpoint.ts'
import type { Client, Message, Recipient, Sender } from '../../transaction.ts'

/** One message for one scan. `profile`: the engine's own settings for it, '' for none. `signal`: nobody waits for the answer any more. */
export type ScanContext = {
  readonly message: Message
  readonly sender: Sender
  readonly recipients: readonly Recipient[]
  readonly client: Client | undefined
  readonly profile: string
  readonly signal: AbortSignal
  /** The transaction's own id. */
  readonly transaction: string
}

/** A fact that has been asked for: known, or unknown and why. */
export type Scanned<T> = Exclude<Fact<T>, { readonly state: 'pending' }>

export type Unknown = Extract<Scanned<never>, { readonly state: 'unknown' }>

/** `auth`: what the engine found out about SPF, DKIM and DMARC, if it looks at that. */
export type SpamEvidence = SpamReport & { readonly auth?: readonly AuthResult[] }

/** Whatever happens to the engine is a value; `scan` rejects for a bug alone. */
export type SpamScanner = {
  readonly name: string
  scan(context: ScanContext): Promise<Scanned<SpamEvidence>>
}

export type VirusScanner = {
  readonly name: string
  /** Octets of one file that it sees to their end, if it may call larger ones clean. */
  readonly limit?: number
  scan(context: ScanContext): Promise<Scanned<VirusReport>>
  /** Of the signatures: what was found with others is no evidence any more. Undefined: not known yet. */
  version(): string | undefined
}

/**
 * `scanner up`, `scanner down`: told when it changes, once. `scanner mute`: it says "clean" of what is over its limits, too, told once at
 * the start. `cause` is printable.
 */
export type ScannerEvent = {
  readonly kind: 'scanner up' | 'scanner down' | 'scanner mute'
  readonly scanner: string
  readonly endpoint: Endpoint
  readonly cause: string
}

export function scannedAs<T>(value: T): Scanned<T> {
  return { state: 'known', value }
}

/** Nobody answered: it will pass. */
export function down(words: string): Unknown {
  return { state: 'unknown', why: { kind: 'down', words } }
}

/** It will never pass. */
export function unscannable(words: string): Unknown {
  return { state: 'unknown', why: { kind: 'unscannable', words } }
}

/** What a scanner wrote, for logs and header fields: printable ASCII, at most `max` characters. */
export function printable(text: string, max = 200): string {
  return text
    .slice(0, max)
    .replace(/[^\x20-\x7e]/g, '?')
    .trim()
}
