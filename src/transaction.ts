/** What a client hands over in one transaction (RFC 5321 §3.3): who sends, to whom, and the message. */

/**
 * MAIL. `path` is what stood between the angle brackets, latin1, one char per octet; empty for the null sender.
 * `params` are the ESMTP parameters exactly as they came, in order; the fields below are what the gate read in them.
 */
export type Sender = {
  readonly path: string
  readonly params: readonly string[]
  /** SIZE= in octets (RFC 1870). */
  readonly size: number | undefined
  readonly body: '7BIT' | '8BITMIME' | undefined
  readonly smtputf8: boolean
}

/** One accepted RCPT. Compared by identity, never by address: a repeat is another recipient (RFC 2033 §4.2). */
export type Recipient = { readonly path: string; readonly params: readonly string[] }

/**
 * Whom the message comes from: the SMTP client as Postfix names it with XFORWARD, for this transaction alone.
 * `ident` is Postfix's queue id. What XFORWARD did not tell, or called unavailable, is undefined.
 */
export type Client = {
  readonly name: string | undefined
  readonly address: string | undefined
  readonly port: string | undefined
  readonly proto: string | undefined
  readonly helo: string | undefined
  readonly ident: string | undefined
  readonly source: string | undefined
}

/** Who speaks LMTP to us: the name it gave at LHLO, and its address if it came by TCP. */
export type Peer = { readonly name: string; readonly address: string | undefined }

/** What is known of a transaction from MAIL on: the gate's own id for it, when it began, and who takes part. */
export type Transaction = {
  readonly id: string
  readonly begun: Date
  readonly sender: Sender
  readonly peer: Peer
  readonly client: Client | undefined
}

/** Where octets above 127 were seen. `header` wins over `body`. */
export type EightBit = 'none' | 'body' | 'header'

/** No header field of the message itself is left out. */
export const nothing: ReadonlySet<string> = new Set()

/**
 * The message at rest: every line ends in CRLF, no dot is stuffed. Its bytes are given from the first on, as often
 * as asked, without the header fields whose names (lower case) are in `omit`.
 */
export type Message = {
  /** Octets of the whole message as it lies here. */
  readonly size: number
  readonly eightBit: EightBit
  /** How many Received fields its header has. */
  readonly hops: number
  /** No line begins with a dot. Where that is not known, it is not so. */
  readonly isDotless?: boolean
  /** Whether its header has fields of that name (lower case). */
  has(field: string): boolean
  /** Octets that `pieces(omit)` will give. */
  sizeWithout(omit: ReadonlySet<string>): number
  /** Nothing has to be waited for where it lies in memory. Throws (rejects) only if the spool file can no longer be read. */
  pieces(omit: ReadonlySet<string>): Pieces
  /** Where its memory is used again; where there is none, pieces always stay what they are. */
  hold?(): Hold
  /**
   * Gives memory and file back; no more pieces after that, and those given so far may become another message's. So whoever is still sending them has closed
   * his connection before, or holds them. Any number of times.
   */
  discard(): void
}

/** For who may be late: the pieces that he gets by it stay what they are, even if the message is discarded, until he says that he has done with them. */
export type Hold = {
  /** Of the message, once. */
  pieces(omit: ReadonlySet<string>): Pieces
  /** The first `octets` that were given are not looked at any more. */
  passed(octets: number): void
  /** Nothing is. Any number of times. */
  letGo(): void
}

export type Pieces = AsyncIterable<Uint8Array> | readonly Uint8Array[]

/** Why there is no message although its end was reached. */
export type NoMessage = 'too big' | 'no space' | 'stray newline' | 'too many chunks'
