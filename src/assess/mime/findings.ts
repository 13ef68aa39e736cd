/** Gathers what is found while one message is read, and counts against its bounds. */
import type { Attachment, Structure } from '../../decide/facts.ts'
import type { Field } from './header/header-block.ts'
import type { Limits } from './limits.ts'
import type { Part } from './part.ts'
import { Texts } from './texts.ts'

/** Reasons that are named. There are only so many that can be found. */
const maxNamed = 8

/** An attachment of which more may still be learned. */
export type Draft = {
  names: readonly string[]
  readonly inner: Texts
  readonly types: Texts
  size: number
  encrypted: boolean
}

/** `parts`, `header`, `entries`, `inflated`, `measured` are counts so far. All words are ours and printable. */
export class Findings {
  readonly limits: Limits
  readonly size: number
  parts = 0
  header = 0
  entries = 0
  inflated = 0
  measured = 0
  /** Deflated files that may be larger than a scanner sees. */
  readonly doubtful: Buffer[] = []
  /** What was read, by the fields; no more than there may be parts, and no longer than headers may be. */
  readonly read = new Map<string, Part>()
  /** The part that was read last: the next one is often like it, and needs no key. */
  last: { readonly fields: readonly Field[]; readonly fallback: string; readonly part: Part } | undefined
  readonly #drafts: Draft[] = []
  readonly #ambiguous = new Set<string>()
  readonly #unreadable = new Set<string>()
  readonly #unseen = new Set<string>()

  /** `size` of the message, in octets. */
  constructor(limits: Limits, size: number) {
    this.limits = limits
    this.size = size
  }

  /** Attachments are listed in the order in which they are announced. */
  attachment({ names, types }: Part): Draft {
    const draft = { names, inner: new Texts(), types: new Texts(types), size: 0, encrypted: false }
    this.#drafts.push(draft)
    return draft
  }

  /** Readers may understand this differently. */
  ambiguous(words: string): void {
    this.#ambiguous.add(words)
  }

  /** Something could not be learned. */
  unreadable(words: string): void {
    this.#unreadable.add(words)
  }

  /** A scanner cannot have seen this. */
  unseen(words: string): void {
    this.#unseen.add(words)
  }

  /** An archive into which we could not look: whether a scanner could is not known. */
  closed(words: string): void {
    this.unreadable(words)
    this.unseen(words)
  }

  structure(): Structure {
    return {
      attachments: attachmentsOf(this.#drafts),
      ambiguous: sentence(this.#ambiguous),
      unreadable: sentence(this.#unreadable),
      unseen: sentence(this.#unseen),
    }
  }
}

/** Equal ones are one object where that is cheap to see: it is handed over once, and looked at once, however often it is there. */
function attachmentsOf(drafts: readonly Draft[]): Attachment[] {
  const last = new Map<readonly string[], Attachment>()
  return drafts.map(draft => {
    const attachment = attachmentOf(draft)
    const before = last.get(draft.names)
    if (before !== undefined && isSame(before, attachment)) return before
    last.set(draft.names, attachment)
    return attachment
  })
}

function attachmentOf({ names, inner, types, size, encrypted }: Draft): Attachment {
  return { names, inner: inner.list(), types: types.list(), size, encrypted }
}

/** Lists that are shared are equal; others are taken for different. */
function isSame(a: Attachment, b: Attachment): boolean {
  return a.inner === b.inner && a.types === b.types && a.size === b.size && a.encrypted === b.encrypted
}

/** In an order that does not depend on the pieces in which the message came. */
function sentence(reasons: ReadonlySet<string>): string | undefined {
  if (reasons.size === 0) return undefined
  const named = [...reasons].sort().slice(0, maxNamed)
  return [...named, ...(reasons.size > maxNamed ? ['and more'] : [])].join('; ')
}
