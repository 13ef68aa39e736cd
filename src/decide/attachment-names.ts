/** The names under which an attachment is looked up: every reading of its own, and those of what is in it. */
import type { Attachment } from './facts.ts'
import { fold } from './glob.ts'

/** `name` as it came; `folded` as patterns are held against it. */
export type LookedUp = { readonly name: string; readonly folded: string }

const known = new WeakMap<Attachment, readonly LookedUp[]>()

/** At least one: what has no name will be given one by whoever reads it. */
export function lookedUpNames(attachment: Attachment): readonly LookedUp[] {
  const found = known.get(attachment)
  if (found !== undefined) return found
  const { names, inner } = attachment
  const own = names.length === 0 ? [''] : names
  const files = inner.filter(name => !/[/\\]$/.test(name))
  const all = [...own, ...files].map(name => ({ name, folded: fileName(name) }))
  known.set(attachment, all)
  return all
}

/** As it would be called on a disk: without folders, and without what Windows drops at the end of a name. */
function fileName(name: string): string {
  let end = name.length
  while (end > 0 && ' ./\\\u00a0'.includes(name.charAt(end - 1))) end -= 1
  const start = Math.max(name.lastIndexOf('/', end - 1), name.lastIndexOf('\\', end - 1)) + 1
  return fold(name.slice(start, end))
}
