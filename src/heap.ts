/** How V8 collects garbage, as a proxy needs it. */
import { getHeapStatistics, setFlagsFromString } from 'node:v8'

/** Octets in use; a heap above that has room enough by V8's own rule. */
const small = 64 * 1024 * 1024
/** Milliseconds until it is looked at again: policies of many persons make it large. */
const interval = 10_000

/**
 * V8 notes where in the code objects are made that outlive their first collections, and makes those among the old ones at once. At the start sessions are such; later
 * they end soon, but stay until all memory is collected, with what they point to: 2 KB of each connection. For as long as the process lives.
 */
export function letAllBeginYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
}

/**
 * Messages in memory lie outside the heap, but count. V8 allows a small heap about half as much again, which some messages of 100 KB use up: it then collects
 * without end and finds nothing, which takes a quarter of the processor time. So a small heap may grow to five times what is in use, a larger one to thrice. For as long as the process lives.
 */
export function letSmallHeapGrow(): void {
  let percent: number | undefined
  const adjust = () => {
    const used = getHeapStatistics().used_heap_size
    const wanted = used < small / 2 ? 400 : used < small ? 200 : 0
    if (wanted !== percent) setFlagsFromString(`--heap-growing-percent=${wanted}`)
    percent = wanted
  }
  adjust()
  setInterval(adjust, interval).unref()
}
