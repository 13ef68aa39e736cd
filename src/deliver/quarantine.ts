/** The other destination: messages kept on disk with what is needed to release them, one entry per recipient. */
import { randomBytes } from 'node:crypto'
import * as disk from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Clock } from '../clock.ts'
import type { Place, Reason } from '../decide/verdict.ts'
import { nothing, type Client, type Message, type Recipient, type Sender } from '../transaction.ts'

export type QuarantineEntry = {
  /** The same object for all recipients of a transaction: its bytes are written once. */
  readonly message: Message
  readonly sender: Sender
  /** The only one named in the entry: nobody learns of another. */
  readonly recipient: Recipient
  readonly client: Client | undefined
  readonly reason: Reason
  readonly place: Place
  /** The gate's own id of the transaction. */
  readonly transaction: string
}

/** `kept`: files and folder are synced; `id` names the entry. `full`: no space or quota left. `cause` is an error code, for the log. */
export type Kept =
  { readonly kind: 'kept'; readonly id: string } | { readonly kind: 'full' | 'failed'; readonly cause: string }

/** The part of node:fs/promises that is used, so that tests can let it fail. */
export type Disk = Pick<typeof disk, 'mkdir' | 'open' | 'rename' | 'link' | 'unlink'>

/**
 * An entry is `<id>.json` (envelope, reason; addresses with one character per octet) beside `<id>.eml` (the message as it came). The JSON comes last: without it there is no entry.
 * Names come from random octets alone; folder 0700, files 0600.
 */
export class Quarantine {
  readonly #folder: string
  readonly #clock: Clock
  readonly #disk: Disk
  readonly #contents = new WeakMap<Message, Promise<string>>()

  /** The folder is made when the first entry comes. */
  constructor(folder: string, clock: Clock, files: Disk = disk) {
    this.#folder = folder
    this.#clock = clock
    this.#disk = files
  }

  /** Never rejects. What is not `kept` leaves no entry. */
  async keep(entry: QuarantineEntry): Promise<Kept> {
    const id = randomBytes(16).toString('hex')
    try {
      const made = await this.#disk.mkdir(this.#folder, { recursive: true, mode: 0o700 })
      if (made !== undefined) await this.#syncFolder(dirname(made))
      await this.#keepContent(entry.message, `${id}.eml`)
      await this.#write(`${id}.json`, [Buffer.from(this.#describe(id, entry))])
      await this.#syncFolder(this.#folder)
      return { kind: 'kept', id }
    } catch (error) {
      await this.#remove(`${id}.json`)
      await this.#remove(`${id}.eml`)
      return failure(error)
    }
  }

  /** Written for the first recipient of a message, linked for the others. */
  async #keepContent(message: Message, name: string): Promise<void> {
    const first = this.#contents.get(message)
    if (first === undefined) {
      const content = this.#write(name, message.pieces(nothing)).then(() => name)
      this.#contents.set(message, content)
      await content
      return
    }
    const written = await first
    try {
      await this.#disk.link(this.#path(written), this.#path(name))
    } catch {
      // No links here, or the first entry is gone again.
      await this.#write(name, message.pieces(nothing))
    }
  }

  #describe(id: string, { message, sender, recipient, client, reason, place, transaction }: QuarantineEntry): string {
    const entry = {
      version: 1,
      id,
      transaction,
      date: this.#clock.date().toISOString(),
      sender: { path: sender.path, params: sender.params },
      recipient: { path: recipient.path, params: recipient.params },
      client,
      reason,
      place,
      size: message.size,
    }
    return `${JSON.stringify(entry, undefined, 2)}\n`
  }

  /** Under its name only when it is whole and synced. */
  async #write(name: string, pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
    const temporary = this.#path(`${name}.tmp`)
    const file = await this.#disk.open(temporary, 'wx', 0o600)
    try {
      try {
        for await (const piece of pieces) await file.appendFile(piece)
        await file.sync()
      } finally {
        await file.close()
      }
      await this.#disk.rename(temporary, this.#path(name))
    } catch (error) {
      await this.#remove(`${name}.tmp`)
      throw error
    }
  }

  async #syncFolder(path: string): Promise<void> {
    const folder = await this.#disk.open(path, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  }

  async #remove(name: string): Promise<void> {
    try {
      await this.#disk.unlink(this.#path(name))
    } catch {
      // It was not there, or the disk is past helping.
    }
  }

  #path(name: string): string {
    return join(this.#folder, name)
  }
}

function failure(error: unknown): Kept {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unreadable'
  return { kind: code === 'ENOSPC' || code === 'EDQUOT' ? 'full' : 'failed', cause: code }
}
