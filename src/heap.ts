/** How far the heap may grow before all of it is looked through for garbage. */
import { getHeapStatistics, setFlagsFromString } from 'node:v8'

/** Octets in use; a heap above that has room enough by V8's own rule. */
const small = 64 * 1024 * 1024
/** Milliseconds until it is looked at again: policies of many persons make it large. */
const interval = 10_000

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
