/** The running gate cleans up after itself. */
import type { Clock } from '../../clock.ts'
import type { Expired } from './expire.ts'

const hour = 3_600_000
/** A gate that is restarted often comes to it, too. */
const first = 60_000

/** Runs `expire` a minute from now and then an hour after each end; `told` gets what became of it. The answer stops it, any number of times. */
export function everyHour(
  clock: Clock,
  expire: (now: number) => Promise<Expired>,
  told: (expired: Expired) => void,
): () => void {
  let isStopped = false
  const run = async (): Promise<void> => {
    const expired = await expire(clock.date().getTime())
    if (isStopped) return
    told(expired)
    cancel = clock.after(hour, () => void run())
  }
  let cancel = clock.after(first, () => void run())
  return () => {
    isStopped = true
    cancel()
  }
}
