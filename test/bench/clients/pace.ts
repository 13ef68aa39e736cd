/** Sends messages over several sessions, as fast as they are answered or at a given rate, and times each. */
import { percentile } from '../statistics.ts'
import type { Measured, Pace } from './load.ts'
import type { Outline } from './outline.ts'
import type { Session } from './session.ts'

/** `signal` ends an open pace early. */
export async function sendAll(
  sessions: readonly Session[],
  outline: Outline,
  pace: Pace,
  signal: AbortSignal,
): Promise<Measured> {
  const start = performance.now()
  const latencies =
    pace.kind === 'closed'
      ? await closed(sessions, outline, pace.messages)
      : await open(sessions, outline, pace, signal)
  return {
    messages: latencies.length,
    seconds: (performance.now() - start) / 1000,
    latency: { p50: percentile(latencies, 50), p99: percentile(latencies, 99) },
  }
}

async function closed(sessions: readonly Session[], outline: Outline, messages: number): Promise<number[]> {
  const latencies: number[] = []
  let left = messages
  await Promise.all(
    sessions.map(async session => {
      while (left > 0) {
        left -= 1
        const begun = performance.now()
        await session.send(outline)
        latencies.push(performance.now() - begun)
      }
    }),
  )
  return latencies
}

/**
 * A message that finds no free session waits, and its time counts from when it was due: a slow server must not slow down its own test. One
 * that a session was waiting for counts from when it went out: that our timers are late is not the server's fault.
 */
async function open(
  sessions: readonly Session[],
  outline: Outline,
  { rate, seconds }: Extract<Pace, { kind: 'open' }>,
  signal: AbortSignal,
): Promise<number[]> {
  const interval = 1000 / rate
  const messages = Math.round(rate * seconds)
  const latencies: number[] = []
  const start = performance.now() + interval
  let next = 0
  await Promise.all(
    sessions.map(async session => {
      while (next < messages && !signal.aborted) {
        const due = start + next * interval
        next += 1
        const begun = (await waited(due)) ? performance.now() : due
        await session.send(outline)
        latencies.push(performance.now() - begun)
      }
    }),
  )
  return latencies
}

/** False if it was too late already. */
async function waited(due: number): Promise<boolean> {
  const left = due - performance.now()
  if (left <= 0) return false
  await new Promise(resolve => setTimeout(resolve, left))
  return true
}
