/** Waiting for something to become true, since real servers tell nobody when they are ready. */
import { setTimeout as pause } from 'node:timers/promises'

/** Asks every `interval` ms until the answer is neither false nor undefined. Throws after `seconds`, which nothing takes that works, with the last error, if there was one. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | false | undefined> | T | false | undefined,
  seconds = 120,
  interval = 50,
): Promise<T> {
  const end = performance.now() + seconds * 1000
  let last: unknown
  while (performance.now() < end) {
    try {
      const answer = await probe()
      if (answer !== undefined && answer !== false) return answer
    } catch (error) {
      last = error
    }
    await pause(interval)
  }
  throw new Error(`not within ${seconds} s: ${what}`, { cause: last })
}
