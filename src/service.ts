/** The running gate as `serve` sees it: one process, or several. */
import type { Endpoint } from './deliver/endpoint.ts'
import type { OneProcess } from './one-process.ts'
import type { Family } from './watch/metrics/family.ts'

export type Service = {
  /** Where it listens, as opened. */
  readonly endpoints: readonly Endpoint[]
  /** Of each process. */
  metrics(): Promise<readonly (readonly Family[])[]>
  /** Why mail should not be sent here now; undefined: it should. */
  hindrance(): Promise<string | undefined>
  /** Looks at all policy files now. */
  reload(): void
  /** Resolves when all transactions are settled and everything is closed. */
  drain(): Promise<void>
  /** Nobody waits any longer: what other processes there are end at once. */
  abort(): void
}

/** In this process alone. */
export function ownService(gate: OneProcess): Service {
  return {
    endpoints: gate.endpoints,
    metrics: () => Promise.resolve([gate.metrics()]),
    hindrance: () => gate.hindrance(),
    reload: () => gate.reload(),
    drain: () => gate.drain(),
    abort: () => undefined,
  }
}
