/** What the names in the quarantine folder say: when an entry was kept, which one it is, and what is being done with it. Pure. */

/**
 * `kept`: a whole entry. `releasing`: one that somebody hands on since `since`. `unfinished`: one that is being written since `since`, or whose writer
 * died. `deleted`: what may go at any time. `date` and `since` in ms since the epoch; `id` is 32 hexadecimal digits.
 */
export type Found = {
  /** Of the folder as it lies there. */
  readonly file: string
  /** The same without what is being done. */
  readonly name: string
  readonly id: string
  readonly date: number
  readonly state: 'kept' | 'releasing' | 'unfinished' | 'deleted'
  readonly since: number
}

/** `20261122T060000000Z-<id>`: the names of older entries sort before those of younger ones. */
export function keptAs(date: Date, id: string): Found {
  const name = `${stamp(date)}-${id}`
  return { file: name, name, id, date: date.getTime(), state: 'kept', since: date.getTime() }
}

export function asUnfinished(found: Found): Found {
  return { ...found, file: `${found.name}.new`, state: 'unfinished', since: found.date }
}

export function asDeleted(found: Found): Found {
  return { ...found, file: `${found.name}.deleted`, state: 'deleted' }
}

/** The moment is in the name: whoever takes the entry back from a process that died takes it from no other. */
export function asReleasing(found: Found, since: Date): Found {
  return { ...found, file: `${found.name}.releasing-${stamp(since)}`, state: 'releasing', since: since.getTime() }
}

export function asKept(found: Found): Found {
  return { ...found, file: found.name, state: 'kept', since: found.date }
}

const shape = /^((\d{8}T\d{9}Z)-([0-9a-f]{32}))(?:\.(new|deleted|releasing-(\d{8}T\d{9}Z)))?$/

/** undefined: nothing of ours. */
export function readName(file: string): Found | undefined {
  const [, name = '', when = '', id = '', doing, since] = shape.exec(file) ?? []
  const date = moment(when)
  if (date === undefined) return undefined
  const kept: Found = { file: name, name, id, date, state: 'kept', since: date }
  switch (doing) {
    case undefined:
      return kept
    case 'new':
      return asUnfinished(kept)
    case 'deleted':
      return asDeleted(kept)
    default: {
      const begun = moment(since ?? '')
      return begun === undefined ? undefined : asReleasing(kept, new Date(begun))
    }
  }
}

/** ISO 8601 in UTC, without what parts the digits. */
function stamp(date: Date): string {
  return date.toISOString().replace(/[-:.]/g, '')
}

function moment(text: string): number | undefined {
  const iso = text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z$/, '$1-$2-$3T$4:$5:$6.$7Z')
  const ms = Date.parse(iso)
  return Number.isNaN(ms) ? undefined : ms
}
