/** Does the gate keep what it should forget? Many messages in a row, then many large ones at once. */
import { memory, type Memory } from './proc.ts'
import { median } from './speed.ts'
import { send, type Work } from './load.ts'
import type { Target } from './targets.ts'

const small: Work = {
  name: '5 KB × 1, pipelined',
  source: 'pipelining',
  connection: 'kept',
  sessions: 8,
  recipients: 1,
  size: 5_000,
}
const large: Work = { ...small, name: '50 MB × 1', sessions: 50, size: 50 * 1024 * 1024 }

/** Octets. */
const allowed = 300 * 1024 * 1024

export type FlatResult = { readonly series: readonly Memory[]; readonly growth: number; readonly met: boolean }
export type PeakResult = { readonly peak: number; readonly seconds: number; readonly met: boolean }

/** Flat: over the last third of the messages the PSS is at most a tenth above that of the middle third. */
export async function measureFlatness(
  gate: Target,
  options: { readonly messages: number; readonly progress: (line: string) => void },
): Promise<FlatResult> {
  const steps = 12
  const series: Memory[] = []
  for (let step = 1; step <= steps; step++) {
    await send({ ...small, port: gate.port, messages: Math.ceil(options.messages / steps) })
    const now = memory(gate.group ?? 0)
    series.push(now)
    options.progress(`[${step}/${steps}] RSS ${megabytes(now.rss)}, PSS ${megabytes(now.pss)}`)
  }
  const third = (from: number): number => median(series.slice(from, from + steps / 3).map(({ pss }) => pss))
  const growth = third((steps * 2) / 3) / third(steps / 3) - 1
  return { series, growth, met: growth <= 0.1 }
}

/** Fifty sessions hand over fifty megabytes each, all at once; the largest sum of PSS that was seen. */
export async function measurePeak(gate: Target, progress: (line: string) => void): Promise<PeakResult> {
  let peak = 0
  const look = (): void => {
    const { pss } = memory(gate.group ?? 0)
    if (pss > peak) progress(`${large.sessions} sessions of ${large.name}: PSS ${megabytes(pss)}`)
    peak = Math.max(peak, pss)
  }
  const timer = setInterval(look, 100)
  try {
    const { seconds } = await send({ ...large, port: gate.port, messages: large.sessions })
    return { peak, seconds, met: peak < allowed }
  } finally {
    clearInterval(timer)
  }
}

export function megabytes(octets: number): string {
  return `${(octets / 1024 / 1024).toFixed(1)} MB`
}
