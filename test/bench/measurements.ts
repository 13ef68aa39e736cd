/** Everything that is measured, in order. */
import type { Measurement } from './bench.ts'
import { hostile } from './hostile.ts'
import { latency } from './latency.ts'
import { memoryPeaks } from './memory.ts'
import { micro } from './micro.ts'
import { policyFiles } from './policy-files.ts'
import { scanning } from './scanning.ts'
import { speed } from './speed.ts'
import { workers } from './workers.ts'

export const measurements: readonly Measurement[] = [
  ...speed,
  ...scanning,
  ...latency,
  ...memoryPeaks,
  ...hostile,
  ...policyFiles,
  ...workers,
  ...micro,
]
