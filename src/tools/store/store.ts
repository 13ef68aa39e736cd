/** A small next hop of our own, so that the gate can be tried with nothing else installed: it takes mail by LMTP and keeps it as Maildir. */
import type { Receiver, Offers, Visit } from '../../accept/receiver.ts'
import { addressOf, splitDetail } from '../../address.ts'
import type { Clock } from '../../clock.ts'
import type { PolicyAddress } from '../../decide/facts.ts'
import { reply } from '../../reply.ts'
import type { Reply } from '../../reply.ts'
import type { Ledger } from '../../settle/ledger.ts'
import { unfit } from '../../settle/sentences.ts'
import { nothing } from '../../transaction.ts'
import type { Message, NoMessage, Recipient, Sender } from '../../transaction.ts'
import { whole } from '../../whole.ts'
import { mailboxOf } from './mailbox.ts'
import type { Mailbox } from './mailbox.ts'
import { saveInMaildir } from './maildir.ts'

export type StoreOptions = {
  readonly folder: string
  /** Our host name. */
  readonly name: string
  readonly recipientDelimiter: string
  readonly clock: Clock
  /** Whose mail is taken, without the detail; everybody's if it is missing. */
  readonly knows?: ((address: PolicyAddress) => boolean) | undefined
}

export class Store implements Receiver {
  readonly #options: StoreOptions

  constructor(options: StoreOptions) {
    this.#options = options
  }

  offers(): Offers {
    return { eightBitMime: true, smtputf8: true, dsn: false }
  }

  begin(sender: Sender): Visit {
    return new StoreVisit(this.#options, sender)
  }
}

class StoreVisit implements Visit {
  readonly #options: StoreOptions
  readonly #sender: Sender

  constructor(options: StoreOptions, sender: Sender) {
    this.#options = options
    this.#sender = sender
  }

  rcpt(recipient: Recipient, answer: (reply: Reply) => void): void {
    const known = this.#mailbox(recipient) !== undefined
    answer(known ? reply(250, '2.1.5', 'OK') : reply(550, '5.1.1', `<${recipient.path}> No such user`))
  }

  omittable(): ReadonlySet<string> {
    return nothing
  }

  receive(message: Message | NoMessage, accepted: readonly Recipient[], ledger: Ledger): void {
    if (typeof message === 'string') {
      ledger.settleRest(unfit[message])
      return
    }
    this.#keep(message, accepted, ledger)
      .catch(() => ledger.settleRest(notStored))
      .finally(() => message.discard())
  }

  abandon(): void {
    // Nothing is begun before the message is there.
  }

  async #keep(message: Message, accepted: readonly Recipient[], ledger: Ledger): Promise<void> {
    for (const [slot, recipient] of accepted.entries()) {
      const mailbox = this.#mailbox(recipient)
      ledger.settle(slot, mailbox === undefined ? notStored : await this.#save(message, recipient, mailbox))
    }
  }

  async #save(message: Message, recipient: Recipient, mailbox: Mailbox): Promise<Reply> {
    const { folder, name, clock } = this.#options
    try {
      await saveInMaildir(folder, mailbox, name, clock, delivered(this.#sender, recipient, message))
      return reply(250, '2.0.0', `<${recipient.path}> Saved`)
    } catch (error) {
      const isFull = error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
      return isFull ? diskFull : notStored
    }
  }

  #mailbox(recipient: Recipient): Mailbox | undefined {
    const { knows, recipientDelimiter } = this.#options
    const { local, domain } = addressOf(recipient.path)
    const { base, detail } = splitDetail(local, recipientDelimiter)
    return knows === undefined || knows({ local: base, domain })
      ? mailboxOf({ local: base, domain }, detail)
      : undefined
  }
}

const diskFull = reply(452, '4.3.1', 'The disk is full')
const notStored = reply(451, '4.3.0', 'Could not be written')
/** The message with the fields that final delivery adds (RFC 5321 §4.4). */
async function* delivered(sender: Sender, recipient: Recipient, message: Message): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`Return-Path: <${sender.path}>\r\nDelivered-To: ${recipient.path}\r\n`, 'latin1')
  yield* whole(message)
}
