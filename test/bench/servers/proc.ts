/** What the kernel knows about a process group: processor time and memory, from /proc. */
import { readdirSync, readFileSync } from 'node:fs'

/** In microseconds, of all processes of the group and those of its children that have ended. The kernel counts in steps of 10 ms. */
export function processorTime(group: number): number {
  let ticks = 0
  for (const { fields } of members(group)) {
    for (const at of [11, 12, 13, 14]) ticks += Number(fields[at])
  }
  return ticks * 10_000
}

/** In octets. PSS counts a page shared by n processes as 1/n in each, so that a sum over processes is right. */
export type Memory = { readonly rss: number; readonly pss: number }

export function memory(group: number): Memory {
  let rss = 0
  let pss = 0
  for (const { pid } of members(group)) {
    const rollup = read(`/proc/${pid}/smaps_rollup`)
    rss += kilobytes(rollup, 'Rss')
    pss += kilobytes(rollup, 'Pss')
  }
  return { rss, pss }
}

function kilobytes(rollup: string, name: string): number {
  return Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(rollup)?.[1] ?? 0) * 1024
}

/** `fields` of /proc/pid/stat from the third (state) on, since the second may contain blanks. */
type Member = { readonly pid: string; readonly fields: readonly string[] }

function members(group: number): readonly Member[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(pid => {
      const stat = read(`/proc/${pid}/stat`)
      return { pid, fields: stat.slice(stat.lastIndexOf(')') + 2).split(' ') }
    })
    .filter(({ fields }) => fields[2] === String(group))
}

/** A process may end while we look. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
