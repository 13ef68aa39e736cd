/** Everything that is measured, in order. */
import type { Measurement } from './bench.ts'
import { memoryPeaks } from './memory.ts'
import { scanning } from './scanning.ts'
import { speed } from './speed.ts'

export const measurements: readonly Measurement[] = [...speed, ...scanning, ...memoryPeaks]
