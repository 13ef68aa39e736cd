/** The other destination: messages kept on disk with what is needed to release them, one entry per recipient. */
import { randomBytes } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Place, Reason } from '../decide/verdict.ts'
import { nothing, type Client, type Message, type Recipient, type Sender } from '../transaction.ts'
import { whole } from '../whole.ts'
import { entryText } from './quarantine/entry.ts'
import { expire, usualKeep } from './quarantine/expire.ts'
import type { Expired } from './quarantine/expire.ts'
import { keptAs } from './quarantine/names.ts'
import type { Found } from './quarantine/names.ts'
import { codeOf } from './quarantine/files.ts'
import type { Disk } from './quarantine/files.ts'
import { Shelf } from './quarantine/shelf.ts'

export type QuarantineEntry = {
  /** The same object for all recipients of a transaction: its bytes are written once. */
  readonly message: Message
  /** Fields (lower case) that no copy may have, as those that the gate itself writes; the same for all recipients of a message. */
  readonly omit?: ReadonlySet<string>
  readonly sender: Sender
  /** The only one named in the entry: nobody learns of another. */
  readonly recipient: Recipient
  readonly client: Client | undefined
  readonly reason: Reason
  readonly place: Place
  /** What was known of the message and led to the verdict, as JSON on one line. */
  readonly facts?: string
  /** How long (ms) it stays, at most; `usualKeep` if it is missing. */
  readonly keep?: number
  /** The gate's own id of the transaction. */
  readonly transaction: string
}

/** `kept`: files and folders are synced; `id` names the entry. `full`: no space or quota left. `cause` is an error code, for the log. */
export type Kept =
  { readonly kind: 'kept'; readonly id: string } | { readonly kind: 'full' | 'failed'; readonly cause: string }

/** As the running gate uses it. */
export class Quarantine {
  readonly #shelf: Shelf
  readonly #clock: Clock
  /** Who has the bytes of a message; undefined: it could not be kept. */
  readonly #twins = new WeakMap<Message, Promise<Found | undefined>>()

  constructor(folder: string, clock: Clock, files?: Disk) {
    this.#shelf = new Shelf(folder, files)
    this.#clock = clock
  }

  /** Makes the folder and syncs what leads to it. Rejects if it cannot be used. */
  prepare(): Promise<void> {
    return this.#shelf.prepare()
  }

  /** Never rejects. What is not `kept` leaves no entry. */
  async keep(entry: QuarantineEntry): Promise<Kept> {
    const twin = this.#twins.get(entry.message)
    const done = twin === undefined ? this.#keep(entry, undefined) : twin.then(found => this.#keep(entry, found))
    if (twin === undefined) {
      const found = done.then(kept => ('name' in kept ? kept : undefined))
      this.#twins.set(entry.message, found)
    }
    const kept = await done
    return 'name' in kept ? { kind: 'kept', id: kept.id } : kept
  }

  /** Never rejects. `size`: octets that all entries together may take; `now` in ms since the epoch. */
  expire(size: number, now: number): Promise<Expired> {
    return expire(this.#shelf, size, now)
  }

  async #keep(entry: QuarantineEntry, twin: Found | undefined): Promise<Found | Exclude<Kept, { kind: 'kept' }>> {
    const { message, omit = nothing } = entry
    const found = keptAs(this.#clock.date(), randomBytes(16).toString('hex'))
    try {
      await this.#shelf.put(found, describe(found, entry), () => whole(message, omit), twin)
      return found
    } catch (error) {
      const cause = codeOf(error)
      return { kind: cause === 'ENOSPC' || cause === 'EDQUOT' ? 'full' : 'failed', cause }
    }
  }
}

function describe({ id, date }: Found, entry: QuarantineEntry): string {
  const {
    message,
    omit = nothing,
    sender,
    recipient,
    client,
    reason,
    place,
    transaction,
    facts,
    keep = usualKeep,
  } = entry
  return entryText(
    {
      id,
      transaction,
      date,
      keep,
      sender,
      recipient: { path: recipient.path, params: recipient.params },
      client,
      reason,
      place,
      message: { size: message.sizeWithout(omit), eightBit: message.eightBit, hops: message.hops },
    },
    facts,
  )
}
