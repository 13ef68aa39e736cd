/** What the LMTP front hands transactions to: the gate, or the store for trying out. */
import type { Ledger } from '../settle/ledger.ts'
import type { Reply } from '../reply.ts'
import type { Client, Message, NoMessage, Peer, Recipient, Sender } from '../transaction.ts'

/** ESMTP keywords that the front offers only if the receiver can honour them end to end. */
export type Offers = { readonly eightBitMime: boolean; readonly smtputf8: boolean; readonly dsn: boolean }

export type Receiver = {
  /** Asked at every LHLO. */
  offers(): Offers
  /** MAIL. A reply refuses it; the front answers 250 for a visit. */
  begin(sender: Sender, peer: Peer, client: Client | undefined): Visit | Reply
}

/** One transaction, as the front leads a receiver through it: rcpt*, then receive or abandon. */
export type Visit = {
  /**
   * `answer` gets the reply to RCPT, at once or later; only the first counts. Positive: the recipient gets a slot of the ledger. Calls are not awaited
   * one by one.
   */
  rcpt(recipient: Recipient, answer: (reply: Reply) => void): void
  /** Header field names (lower case) that may be left out of the message later: the front counts their octets on the way in. */
  omittable(): ReadonlySet<string>
  /** End of data. `accepted` are the recipients of the slots, in order. Every slot gets settled, whatever happens; the visit discards the message. */
  receive(message: Message | NoMessage, accepted: readonly Recipient[], ledger: Ledger): void
  /** RSET, a new LHLO, a lost client. After `receive`: nobody listens any more, so a delivery that has not begun is better not begun. */
  abandon(): void
}
