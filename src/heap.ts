/** How far the heap may grow before all of it is looked through for garbage. */
import { setFlagsFromString } from 'node:v8'

/**
 * Messages in memory lie outside the heap, but count. V8 allows a small heap about half as much again, which some messages of 100 KB use up: it then collects
 * without end and finds nothing, which takes a quarter of the processor time. So it may grow to thrice what is in use, within what Node allows in all; the young
 * part is collected as before.
 */
export function letHeapGrow(): void {
  setFlagsFromString('--heap-growing-percent=200')
}
