/** The names and types of attachments that one file allows and blocks, so kept that thousands of them cost no more than a few look-ups. */
import { fold, globMatches, weight } from './glob.ts'
import type { Place } from './verdict.ts'

/** `text` as written: a pattern of names or, with a slash in it, of MIME types. */
export type ListedAttachment = { readonly effect: 'allow' | 'block'; readonly text: string; readonly place: Place }

export class AttachmentTable {
  readonly #names: Patterns
  readonly #types: Patterns
  /** Whether anything is blocked. */
  readonly blocks: boolean
  readonly entries: readonly ListedAttachment[]

  constructor(entries: readonly ListedAttachment[]) {
    this.entries = entries
    this.#names = new Patterns(entries.filter(({ text }) => !text.includes('/')))
    this.#types = new Patterns(entries.filter(({ text }) => text.includes('/')))
    this.blocks = entries.some(({ effect }) => effect === 'block')
  }

  /** The longest pattern that fits the folded name; of equally long ones one that blocks. */
  findName(name: string): ListedAttachment | undefined {
    return this.#names.find(name)
  }

  /** As `findName`, for a folded MIME type. */
  findType(type: string): ListedAttachment | undefined {
    return this.#types.find(type)
  }
}

class Patterns {
  /** Without `*` and `?`. */
  readonly #plain = new Map<string, ListedAttachment[]>()
  /** `*` and then a plain text, by that text. */
  readonly #endings = new Map<string, ListedAttachment[]>()
  readonly #lengths: readonly number[]
  readonly #wild: (readonly [string, ListedAttachment])[] = []

  constructor(entries: readonly ListedAttachment[]) {
    const lengths = new Set<number>()
    for (const entry of entries) {
      const text = fold(entry.text)
      const ending = /^\*([^*?]+)$/.exec(text)?.[1]
      if (!/[*?]/.test(text)) put(this.#plain, text, entry)
      else if (ending === undefined) this.#wild.push([text, entry])
      else {
        put(this.#endings, ending, entry)
        lengths.add(ending.length)
      }
    }
    this.#lengths = [...lengths]
  }

  find(text: string): ListedAttachment | undefined {
    const found = [...(this.#plain.get(text) ?? [])]
    for (const length of this.#lengths)
      if (length <= text.length) found.push(...(this.#endings.get(text.slice(text.length - length)) ?? []))
    for (const [pattern, entry] of this.#wild) if (globMatches(pattern, text)) found.push(entry)
    return found.reduce<ListedAttachment | undefined>(stronger, undefined)
  }
}

function put(map: Map<string, ListedAttachment[]>, key: string, entry: ListedAttachment): void {
  const there = map.get(key)
  if (there === undefined) map.set(key, [entry])
  else there.push(entry)
}

function stronger(a: ListedAttachment | undefined, b: ListedAttachment): ListedAttachment {
  if (a === undefined) return b
  const more = weight(b.text) - weight(a.text)
  return more > 0 || (more === 0 && b.effect === 'block' && a.effect === 'allow') ? b : a
}
