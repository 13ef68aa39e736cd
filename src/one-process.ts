/** A gate in this process, whose policy files are watched. */
import type { Config } from './config/config.ts'
import { RulesWatch } from './decide/reload/rules-watch.ts'
import { watchFolder } from './decide/reload/watch-folder.ts'
import { letAllBeginYoung, letSmallHeapGrow } from './heap.ts'
import { startGate } from './parts.ts'
import type { Running, Surroundings } from './parts.ts'

export type OneProcess = Running & {
  /** Looks at all policy files now. */
  reload(): void
}

/** Rejects, with everything closed again, if it cannot start. */
export async function startProcess(config: Config, surroundings: Surroundings): Promise<OneProcess> {
  letAllBeginYoung()
  letSmallHeapGrow()
  const watch = new RulesWatch(surroundings.rules, surroundings.clock, watchFolder)
  try {
    const gate = await startGate(config, surroundings)
    const drain = (): Promise<void> => gate.drain().finally(() => watch.close())
    return { ...gate, drain, reload: () => watch.reload() }
  } catch (error) {
    watch.close()
    throw error
  }
}
