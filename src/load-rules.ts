/** The policy files of a site, read as its configuration says: by the gate, and by the commands that judge as it does. */
import { abilitiesOf } from './assess/sources.ts'
import type { Clock } from './clock.ts'
import type { Config } from './config/config.ts'
import type { RulesEvent } from './decide/reload/events.ts'
import { LiveRules } from './decide/reload/live-rules.ts'

/** The administrators' policy files, or what is wrong with them. */
export function loadRules(
  { rules, recipientDelimiter, limits, scanners, trustAuthserv }: Config,
  clock: Clock,
  onEvent: (event: RulesEvent) => void = () => undefined,
): ReturnType<typeof LiveRules.load> {
  return LiveRules.load({
    root: rules,
    recipientDelimiter,
    messageLimit: limits.message,
    abilities: abilitiesOf(scanners, trustAuthserv),
    clock,
    onEvent,
  })
}
