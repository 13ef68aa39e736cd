/** What leaves the quarantine by itself: entries that are too old, the oldest of too many, and what a process that died has left. */
import type { Found } from './names.ts'
import { codeOf } from './files.ts'
import type { Shelf } from './shelf.ts'

/** How many. `old`: kept as long as their policy says; `surplus`: over the size; `leftovers`: never whole, or half deleted. */
export type Expired = {
  readonly old: number
  readonly surplus: number
  readonly leftovers: number
  /** Their release ended without an end: they can be released again. */
  readonly givenBack: number
  /** Entries that stay, and the octets they take. */
  readonly left: number
  readonly octets: number
  /** The first error code met, if some things could not be looked at or removed. */
  readonly trouble: string | undefined
}

/** No entry takes so long (ms) to be written or released. */
export const longest = 3_600_000
/** Milliseconds that an entry stays if nothing else is said: 30 days. */
export const usualKeep = 30 * 86_400_000

type Tally = { -readonly [Key in keyof Expired]: Expired[Key] }
type Weighed = { readonly found: Found; readonly content: bigint; readonly size: number; readonly own: number }

/** Never rejects. `size`: octets that all entries together may take, contents that they share counted once; `now` in ms since the epoch. */
export async function expire(shelf: Shelf, size: number, now: number): Promise<Expired> {
  const tally: Tally = { old: 0, surplus: 0, leftovers: 0, givenBack: 0, left: 0, octets: 0, trouble: undefined }
  const attempt = async <T>(task: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await task()
    } catch (error) {
      tally.trouble ??= codeOf(error)
      return undefined
    }
  }
  const staying: Weighed[] = []
  await attempt(async () => {
    for await (const found of shelf.found()) {
      const stays = await attempt(() => expireByAge(shelf, found, now, tally))
      const weighed = stays === true ? await attempt(() => shelf.weigh(found)) : undefined
      if (weighed !== undefined) staying.push({ found, ...weighed })
    }
  })
  await expireBySize(shelf, staying, size, tally, attempt)
  return tally
}

/** True if it stays, and can be taken away. */
async function expireByAge(shelf: Shelf, found: Found, now: number, tally: Tally): Promise<boolean> {
  switch (found.state) {
    case 'deleted':
    case 'unfinished':
      if (found.state === 'unfinished' && now - found.since < longest) return false
      if (await shelf.remove(found)) tally.leftovers += 1
      return false
    case 'releasing':
      if (now - found.since >= longest && (await shelf.giveBack(found))) tally.givenBack += 1
      return false
    case 'kept': {
      const entry = await shelf.read(found)
      if ('kind' in entry && entry.kind === 'gone') return false
      const keep = 'kind' in entry ? usualKeep : entry.keep
      if (now - found.date < keep) return true
      if (await shelf.remove(found)) tally.old += 1
      return false
    }
  }
}

async function expireBySize(
  shelf: Shelf,
  staying: Weighed[],
  size: number,
  tally: Tally,
  attempt: <T>(task: () => Promise<T>) => Promise<T | undefined>,
): Promise<void> {
  const holders = new Map<bigint, number>()
  for (const { content, size: octets, own } of staying) {
    const others = holders.get(content) ?? 0
    holders.set(content, others + 1)
    tally.octets += own + (others === 0 ? octets : 0)
  }
  tally.left = staying.length
  staying.sort((a, b) => (a.found.name < b.found.name ? -1 : 1))
  for (const { found, content, size: octets, own } of staying) {
    if (tally.octets <= size) return
    if ((await attempt(() => shelf.remove(found))) !== true) continue
    const others = (holders.get(content) ?? 1) - 1
    holders.set(content, others)
    tally.octets -= own + (others === 0 ? octets : 0)
    tally.left -= 1
    tally.surplus += 1
  }
}
