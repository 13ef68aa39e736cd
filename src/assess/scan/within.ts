/** Some time for a task that ends when its signal says so. */
import type { Clock } from '../../clock.ts'

/** The task's signal is aborted with `signal`, or after `ms`. */
export async function within<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController()
  const stopTimer = clock.after(ms, () => late.abort())
  try {
    return await task(AbortSignal.any([signal, late.signal]))
  } finally {
    stopTimer()
  }
}
