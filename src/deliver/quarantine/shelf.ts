/** The quarantine on disk: one folder per entry, which appears whole or not at all, and changes hands only by being renamed. */
import * as disk from 'node:fs/promises'
import { constants } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { makeFolder } from '../../make-folder.ts'
import { codeOf, readBounded, syncFolder, writeSynced } from './files.ts'
import type { Disk, Pieces } from './files.ts'
import { readEntry } from './entry.ts'
import type { Entry } from './entry.ts'
import { KeptMessage } from './kept-message.ts'
import { asDeleted, asKept, asReleasing, asUnfinished, readName } from './names.ts'
import type { Found } from './names.ts'

/** `broken`: it is there and cannot be used, and why; `gone`: somebody else was quicker. */
export type NoEntry = { readonly kind: 'broken'; readonly cause: string } | { readonly kind: 'gone' }

/** Octets of an entry's description that are read. */
const maxDescription = 2 * 1024 * 1024
const descriptionFile = 'entry.json'
const contentFile = 'message.eml'

/**
 * An entry is a folder (0700) with `entry.json` and `message.eml` (0600). Names come from dates and random octets alone. What throws, throws errors of
 * node:fs, unless it says otherwise.
 */
export class Shelf {
  readonly #folder: string
  readonly #disk: Disk
  #isPrepared = false

  constructor(folder: string, files: Disk = disk) {
    this.#folder = resolve(folder)
    this.#disk = files
  }

  /** Makes the folder, so that it outlives a crash. Rejects if it cannot be used. */
  async prepare(): Promise<void> {
    const made = await makeFolder(this.#folder, this.#disk)
    if (made !== undefined) {
      for (let path = this.#folder; path !== made; path = dirname(path)) await syncFolder(this.#disk, dirname(path))
      await syncFolder(this.#disk, dirname(made))
    } else if (!this.#isPrepared) {
      // Whoever made it may not have synced it; where we may not look, nor could we mend it.
      await syncFolder(this.#disk, dirname(this.#folder)).catch(() => undefined)
    }
    if (!this.#isPrepared) await this.#disk.access(this.#folder, constants.R_OK | constants.W_OK | constants.X_OK)
    this.#isPrepared = true
  }

  /** Everything is synced when it resolves; when it rejects there is no entry. `twin`: one that has the same content, if it still lies there. */
  async put(entry: Found, description: string, content: () => Pieces, twin: Found | undefined): Promise<void> {
    const draft = asUnfinished(entry)
    await this.prepare()
    await this.#disk.mkdir(this.#path(draft), { mode: 0o700 })
    try {
      if (twin === undefined || !(await this.#link(twin, draft)))
        await writeSynced(this.#disk, join(this.#path(draft), contentFile), content())
      await writeSynced(this.#disk, join(this.#path(draft), descriptionFile), [Buffer.from(description)])
      await syncFolder(this.#disk, this.#path(draft))
      await this.#disk.rename(this.#path(draft), this.#path(entry))
      await this.sync()
    } catch (error) {
      await this.#clear(this.#path(draft)).catch(() => undefined)
      await this.remove(entry).catch(() => undefined)
      throw error
    }
  }

  /** What lies here now, in no order, read as it is asked for. */
  async *found(): AsyncGenerator<Found> {
    const folder = await this.#disk.opendir(this.#folder, { bufferSize: 512 }).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    })
    if (folder === undefined) return
    for await (const { name } of folder) {
      const found = readName(name)
      if (found !== undefined) yield found
    }
  }

  /** Never rejects. */
  async read(found: Found): Promise<Entry | NoEntry> {
    try {
      const text = await readBounded(this.#disk, join(this.#path(found), descriptionFile), maxDescription)
      const entry = text === undefined ? 'too long' : readEntry(text)
      if (typeof entry === 'string') return { kind: 'broken', cause: `${descriptionFile}: ${entry}` }
      if (entry.id !== found.id) return { kind: 'broken', cause: `${descriptionFile}: the id of another entry` }
      return entry
    } catch (error) {
      return await this.#missing(found, error)
    }
  }

  /** Never rejects. The message must be discarded. */
  async open(found: Found, entry: Entry): Promise<KeptMessage | NoEntry> {
    try {
      const file = await this.#disk.open(join(this.#path(found), contentFile), 'r')
      const { size } = await file.stat()
      if (size === entry.message.size) return new KeptMessage(file, entry.message)
      await file.close()
      return { kind: 'broken', cause: `${contentFile}: ${size} octets instead of ${entry.message.size}` }
    } catch (error) {
      return await this.#missing(found, error)
    }
  }

  /** What an entry takes: equal `content` is taken once. */
  async weigh(found: Found): Promise<{ readonly content: bigint; readonly size: number; readonly own: number }> {
    const folder = this.#path(found)
    const content = await this.#disk.stat(join(folder, contentFile), { bigint: true })
    const description = await this.#disk.stat(join(folder, descriptionFile))
    return { content: content.ino, size: Number(content.size), own: description.size }
  }

  /** The entry belongs to whoever has taken it, until given back; undefined: somebody else has, or it is gone. */
  async take(found: Found, now: Date): Promise<Found | undefined> {
    return await this.#move(asKept(found), asReleasing(found, now))
  }

  /** False: it was given back already, or is gone. */
  async giveBack(taken: Found): Promise<boolean> {
    return (await this.#move(taken, asKept(taken))) !== undefined
  }

  /** False: somebody else has taken or removed it. After a crash it may be back, unless `sync` came between. */
  async remove(found: Found): Promise<boolean> {
    const gone = found.state === 'deleted' ? found : await this.#move(found, asDeleted(found))
    if (gone === undefined) return false
    await this.#clear(this.#path(gone))
    return true
  }

  /** What was removed or moved stays so after a crash. */
  async sync(): Promise<void> {
    await syncFolder(this.#disk, this.#folder)
  }

  async #move(from: Found, to: Found): Promise<Found | undefined> {
    try {
      await this.#disk.rename(this.#path(from), this.#path(to))
      return to
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    }
  }

  async #link(twin: Found, draft: Found): Promise<boolean> {
    try {
      await this.#disk.link(join(this.#path(twin), contentFile), join(this.#path(draft), contentFile))
      return true
    } catch {
      // No links here, too many of them, or the twin is gone again.
      return false
    }
  }

  /** Whether the entry lacks something, or is itself away. */
  async #missing(found: Found, error: unknown): Promise<NoEntry> {
    const isThere = await this.#disk.access(this.#path(found)).then(
      () => true,
      () => false,
    )
    return isThere ? { kind: 'broken', cause: codeOf(error) } : { kind: 'gone' }
  }

  async #clear(path: string): Promise<void> {
    await this.#disk.rm(path, { recursive: true, force: true })
  }

  #path({ file }: Found): string {
    return join(this.#folder, file)
  }
}
