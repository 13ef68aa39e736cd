/** Policy files by version: each is read and parsed once, a person's when it is first needed. */
import { getHeapStatistics } from 'node:v8'
import { LRUCache } from 'lru-cache'
import { PersonFile } from './person-file.ts'
import type { Listing } from './persons.ts'
import type { Source } from './problem.ts'
import { readPolicyFile, type Kind, type PolicyFile } from './read/policy-file.ts'
import { readSource, type Unread } from './source-file.ts'
import type { Stamp } from './stamp.ts'

/** The part of the memory that Node may use, of one process. Where the files in use take more, the ones longest unused are read again. */
export function roomForPersons(): number {
  return getHeapStatistics().heap_size_limit / 4
}

/** `parse`: for tests that count. `room`: octets that persons' files may take. */
export type PolicyFilesOptions = { readonly parse?: typeof readPolicyFile; readonly room?: number }

/** What was read of a person's file, for as long as it is kept. */
export type Hold = { file: PersonFile | Unread | undefined }

export class PolicyFiles {
  /** Octets of memory that persons' files may take. */
  readonly room: number
  readonly #root: string
  readonly #delimiters: string
  readonly #parse: typeof readPolicyFile
  readonly #readAgain = (source: Source): PolicyFile => this.#parse(source, 'person', this.#delimiters)
  /** By `versionOf`. */
  readonly #persons: LRUCache<string, Hold>
  /** By path: administrators' files are few, and wanted again whenever one of them changes. */
  #administered = new Map<string, { readonly stamp: Stamp; readonly file: PolicyFile | Unread }>()

  constructor(root: string, delimiters: string, options: PolicyFilesOptions = {}) {
    const { parse = readPolicyFile, room = roomForPersons() } = options
    this.#root = root
    this.#delimiters = delimiters
    this.#parse = parse
    this.room = room
    this.#persons = new LRUCache({
      maxSize: Math.ceil(room),
      sizeCalculation: sizeOf,
      dispose: hold => (hold.file = undefined),
    })
  }

  /** Persons' files that are kept. */
  get kept(): number {
    return this.#persons.size
  }

  /** The file, which may have errors in its findings, or why there is none. */
  administered(path: string, stamp: Stamp, kind: Kind): PolicyFile | Unread {
    const known = this.#administered.get(path)
    if (known?.stamp === stamp) return known.file
    const file = this.#read(path, stamp, kind)
    if (!isChanging(file)) this.#administered.set(path, { stamp, file })
    return file
  }

  /** Forgets those that are not there any more. */
  keepAdministered(paths: ReadonlySet<string>): void {
    this.#administered = new Map([...this.#administered].filter(([path]) => paths.has(path)))
  }

  /** As `administered`, for a person's file. */
  person(listing: Listing): PersonFile | Unread {
    const { path, stamp, wrong } = listing
    if (wrong !== undefined) return { problem: wrong, changing: false }
    const version = versionOf(listing)
    const known = this.#persons.get(version)?.file
    if (known !== undefined) return known
    const read = this.#read(path, stamp, 'person')
    const file = 'problem' in read ? read : new PersonFile(read, version, this.#readAgain)
    if (!isChanging(file)) this.#persons.set(version, { file })
    return file
  }

  /** By which the file is found again without being looked up; undefined: it is not kept. */
  holdOf({ version }: PersonFile): Hold | undefined {
    return this.#persons.peek(version)
  }

  /** The person's file that is held; undefined: it is not kept any more. It counts as used once half of the room is taken. */
  use({ file }: Hold): PersonFile | undefined {
    if (file === undefined || 'problem' in file) return undefined
    // Before, it does not matter which were used last; and to look one up among many takes a microsecond.
    if (this.#persons.calculatedSize > this.room / 2) this.#persons.get(file.version)
    return file
  }

  /** Without reading it. */
  knownPerson(listing: Listing): PersonFile | Unread | undefined {
    return this.#persons.peek(versionOf(listing))?.file
  }

  #read(path: string, stamp: Stamp, kind: Kind): PolicyFile | Unread {
    const read = readSource(this.#root, path, stamp)
    return 'source' in read ? this.#parse(read.source, kind, this.#delimiters) : read
  }
}

function versionOf({ path, stamp }: Listing): string {
  return `${path}\0${stamp}`
}

/** In octets of memory. */
function sizeOf({ file }: Hold): number {
  return file === undefined || 'problem' in file ? 1000 : file.footprint
}

function isChanging(file: PolicyFile | PersonFile | Unread): boolean {
  return 'changing' in file && file.changing
}
