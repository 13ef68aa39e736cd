/** A person's file as it is kept while mail comes for him: what it comes to, and its text, from which all else is read again when somebody asks. */
import type { Made, Policy } from './policy.ts'
import { Source, type Problem, type Span } from './problem.ts'
import type { PolicyFile, Used } from './read/policy-file.ts'
import { saysNothing, type Settings } from './settings.ts'
import { shared } from './shared.ts'

/** Small, since there may be one for each of 100 000 persons. */
export class PersonFile {
  /** By which it is kept. */
  readonly version: string
  readonly settings: Settings
  /** What is wrong with it by itself. */
  readonly errors: readonly Problem[]
  /** What `users` may not allow, but nobody's places: everybody whose file names the same has the same. */
  readonly names: Used
  /** Of the names, in their order: where each starts and ends. */
  readonly #places: readonly number[]
  /** Octets of memory that it takes, about. */
  readonly footprint: number
  readonly #file: string
  readonly #text: string
  readonly #read: (source: Source) => PolicyFile
  /** What was worked out last, and over what. */
  #shared: Made | undefined
  #policy: Policy | undefined

  /** `read`: as it was done, to be done again. */
  constructor(
    { findings, settings, used, footprint }: PolicyFile,
    version: string,
    read: (source: Source) => PolicyFile,
  ) {
    this.version = version
    this.footprint = footprint
    this.settings = findings.broken ? saysNothing : settings
    this.errors = findings.broken ? findings.problems.filter(({ severity }) => severity === 'error') : none
    this.names = namesIn(used)
    this.#places = placesIn(used)
    this.#file = findings.source.file
    this.#text = findings.source.text
    this.#read = read
  }

  /** What it comes to together with what others have; undefined: that is not worked out, or not any more. */
  policyOver(shared: Made): Policy | undefined {
    return this.#shared === shared ? this.#policy : undefined
  }

  remember(shared: Made, policy: Policy): void {
    this.#shared = shared
    this.#policy = policy
  }

  get source(): Source {
    return new Source(this.#file, this.#text)
  }

  /** As it was read. */
  get whole(): PolicyFile {
    return this.#read(this.source)
  }

  /** The names, with their places. */
  get used(): Used {
    let at = 0
    return withSpans(this.names, () => {
      const [start = 0, end = 0] = this.#places.slice(at, at + 2)
      at += 2
      return { start, end }
    })
  }
}

const none: readonly Problem[] = []

const sharedNames = shared<Used>()

function namesIn(used: Used): Used {
  const nowhere = { start: 0, end: 0 }
  return sharedNames(withSpans(used, () => nowhere))
}

function placesIn(used: Used): readonly number[] {
  const places: number[] = []
  withSpans(used, span => {
    places.push(span.start, span.end)
    return span
  })
  // What was pushed into has room for more.
  return [...places]
}

/** `next` is asked for each name in turn. */
function withSpans({ keys, actions }: Used, next: (span: Span) => Span): Used {
  return {
    keys: keys.map(({ name, span, parts }) => ({
      name,
      span: next(span),
      parts: parts?.map(part => ({ name: part.name, span: next(part.span) })),
    })),
    actions: actions.map(({ value, span }) => ({ value, span: next(span) })),
  }
}
