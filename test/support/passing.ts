/** Lets time pass only while nobody has anything to do. */
import type { FakeClock } from './clock.ts'
import { patience, turns } from './turns.ts'

/** Time that may pass at most (ms). */
const longEnough = 3_600_000

/** Settles as `awaited` does. Whenever nothing happens any more (`activity` stands still), the clock moves on to what falls due next. */
export async function passWhileNothingHappens<T>(
  awaited: Promise<T>,
  clock: FakeClock,
  activity: () => unknown,
): Promise<T> {
  const end = clock.now() + longEnough
  const giveUp = Date.now() + patience
  const progress = { isDone: false }
  const done = (): void => {
    progress.isDone = true
  }
  awaited.then(done, done)
  const stands = async (): Promise<boolean> => {
    const before = activity()
    const isStill = (): boolean => !progress.isDone && activity() === before
    await turns(20)
    if (!isStill()) return false
    // A little real time too: files are read and written elsewhere than in the event loop.
    await new Promise(resolve => setTimeout(resolve, 2))
    await turns(20)
    return isStill()
  }
  await turns(4)
  while (!progress.isDone) {
    if (!(await stands())) continue
    const next = clock.untilNext()
    if (next === undefined || clock.now() + next > end) {
      if (Date.now() > giveUp) throw new Error('nothing happens any more, and time will not change that')
      continue
    }
    clock.advance(next)
  }
  return awaited
}
