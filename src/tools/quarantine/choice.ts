/** Which entries a command is about, by id or by filter. */
import type { Entry } from '../../deliver/quarantine/entry.ts'
import type { Found } from '../../deliver/quarantine/names.ts'
import type { Shelf } from '../../deliver/quarantine/shelf.ts'
import { plain } from '../../watch/plain.ts'
import { fitsEntry, mayFit } from './filter.ts'
import type { Filter } from './filter.ts'

/** `broken`: it is there and cannot be read, and why. */
export type Chosen =
  { readonly found: Found; readonly entry: Entry } | { readonly found: Found; readonly broken: string }

/** Entries that are read side by side. */
const readAhead = 32

/** Oldest first. Names are gathered, entries are read a few at a time, as they are asked for. Rejects if the folder cannot be read. */
export async function* chosenBy(shelf: Shelf, filter: Filter): AsyncGenerator<Chosen> {
  const names: Found[] = []
  for await (const found of shelf.found()) if (isEntry(found) && mayFit(filter, found)) names.push(found)
  names.sort((a, b) => (a.file < b.file ? -1 : 1))
  for (let at = 0; at < names.length; at += readAhead) {
    const some = names.slice(at, at + readAhead)
    const entries = await Promise.all(some.map(async found => ({ found, entry: await shelf.read(found) })))
    for (const { found, entry } of entries) {
      if (!('kind' in entry)) {
        if (fitsEntry(filter, entry)) yield { found, entry }
      } else if (entry.kind === 'broken') yield { found, broken: entry.cause }
    }
  }
}

const fewest = 8

/** One entry for each id, or why there is none, in a sentence. An id may be cut short to so many digits as only it has, 8 at least. */
export async function chosenById(shelf: Shelf, ids: readonly string[]): Promise<readonly (Found | string)[]> {
  const wanted = ids.map(id => ({ id, prefix: id.toLowerCase(), found: [] as Found[] }))
  for await (const found of shelf.found()) {
    if (!isEntry(found)) continue
    for (const each of wanted) if (found.id.startsWith(each.prefix) && each.found.length < 2) each.found.push(found)
  }
  return wanted.map(({ id, prefix, found: [first, second] }) => {
    if (!/^[0-9a-f]{1,32}$/.test(prefix)) return `${plain(id, 40)}: this is no id`
    if (prefix.length < fewest) return `${prefix}: too short, an id needs ${fewest} digits`
    if (first === undefined) return `${prefix}: no such entry`
    return second === undefined ? first : `${prefix}: several entries begin with that, write more of it`
  })
}

function isEntry({ state }: Found): boolean {
  return state === 'kept' || state === 'releasing'
}
