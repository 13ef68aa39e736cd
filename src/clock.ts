/** The time as the gate sees it, so that tests can move it by hand instead of waiting. */

/** Milliseconds throughout. `now` only ever grows (it is not the time of day). */
export type Clock = {
  now(): number
  /** Runs `task` once after `ms`; the answer cancels it, any number of times. */
  after(ms: number, task: () => void): () => void
  /** The time of day, for headers and file names. */
  date(): Date
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms)
    return () => clearTimeout(timer)
  },
  date: () => new Date(),
}
