/** The folders that a gate writes to, each usable before the first message needs it; what is wrong with one is told with its key in lmtp-gate.yaml. */
import type { Clock } from './clock.ts'
import type { Config } from './config/config.ts'
import { Quarantine } from './deliver/quarantine.ts'
import { usableFolder, type UsedFiles } from './make-folder.ts'
import { causeText } from './watch/bugs.ts'
import { DecisionLog } from './watch/decisions/decision-log.ts'
import type { Log } from './watch/log.ts'

export async function makeSpool({ folder }: Config['spool'], files?: UsedFiles): Promise<void> {
  await named('spool', usableFolder(folder, files))
}

export async function usableQuarantine({ folder }: Config['quarantine'], clock: Clock): Promise<Quarantine> {
  const quarantine = new Quarantine(folder, clock)
  await named('quarantine', quarantine.prepare())
  return quarantine
}

/** Undefined: they are off, or cannot be written to; mail that nobody can ask about afterwards is better than none. */
export async function usableDecisions(
  { decisions: options, workers }: Config,
  clock: Clock,
  log: Log,
): Promise<DecisionLog | undefined> {
  if (options === 'off') return undefined
  const onTrouble = (cause: string) => log.event('warning', 'decisions not written down', { cause })
  const decisions = new DecisionLog({ ...options, writers: workers, clock, onTrouble })
  try {
    await named('decisions', decisions.prepare())
    return decisions
  } catch (error) {
    onTrouble(causeText(error))
    return undefined
  }
}

async function named(key: string, making: Promise<unknown>): Promise<void> {
  try {
    await making
  } catch (error) {
    throw new Error(`the folder of ${key} cannot be used: ${causeText(error)}`, { cause: error })
  }
}
