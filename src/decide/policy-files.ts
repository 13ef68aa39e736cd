/** Policy files by version: each is read and parsed once, a person's when it is first needed. */
import { LRUCache } from 'lru-cache'
import { PersonFile } from './person-file.ts'
import type { Listing } from './persons.ts'
import type { Source } from './problem.ts'
import { readPolicyFile, type Kind, type PolicyFile } from './read/policy-file.ts'
import { readSource, type Unread } from './source-file.ts'
import type { Stamp } from './stamp.ts'

/** Of which person files more than these are in use, the ones longest unused are read again. */
const maxPersons = 10_000

export class PolicyFiles {
  readonly #root: string
  readonly #delimiters: string
  readonly #parse: typeof readPolicyFile
  readonly #readAgain = (source: Source): PolicyFile => this.#parse(source, 'person', this.#delimiters)
  readonly #persons = new LRUCache<string, PersonFile | Unread>({ max: maxPersons })
  /** By path: administrators' files are few, and wanted again whenever one of them changes. */
  #administered = new Map<string, { readonly stamp: Stamp; readonly file: PolicyFile | Unread }>()

  constructor(root: string, delimiters: string, parse: typeof readPolicyFile = readPolicyFile) {
    this.#root = root
    this.#delimiters = delimiters
    this.#parse = parse
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
  person({ path, stamp, wrong }: Listing): PersonFile | Unread {
    if (wrong !== undefined) return { problem: wrong, changing: false }
    const key = `${path}\0${stamp}`
    const known = this.#persons.get(key)
    if (known !== undefined) return known
    const read = this.#read(path, stamp, 'person')
    const file = 'problem' in read ? read : new PersonFile(read, this.#readAgain)
    if (!isChanging(file)) this.#persons.set(key, file)
    return file
  }

  /** Without reading it. */
  knownPerson({ path, stamp }: Listing): PersonFile | Unread | undefined {
    return this.#persons.peek(`${path}\0${stamp}`)
  }

  #read(path: string, stamp: Stamp, kind: Kind): PolicyFile | Unread {
    const read = readSource(this.#root, path, stamp)
    return 'source' in read ? this.#parse(read.source, kind, this.#delimiters) : read
  }
}

function isChanging(file: PolicyFile | PersonFile | Unread): boolean {
  return 'changing' in file && file.changing
}
