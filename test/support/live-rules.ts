/** The policy files of a folder, as a gate uses them. */
import assert from 'node:assert/strict'
import { LiveRules, type LiveRulesOptions } from '../../src/decide/reload/live-rules.ts'
import { noAbilities } from './abilities.ts'
import { FakeClock } from './clock.ts'

/** What is not given is as at a site without scanners, on 2026-11-22. */
export function tryRules(root: string, options: Partial<LiveRulesOptions> = {}): ReturnType<typeof LiveRules.load> {
  return LiveRules.load({
    root,
    recipientDelimiter: '+',
    messageLimit: 100 * 1024 ** 2,
    abilities: noAbilities,
    clock: new FakeClock(),
    onEvent: () => undefined,
    ...options,
  })
}

export function loadRules(root: string, options: Partial<LiveRulesOptions> = {}): LiveRules {
  const rules = tryRules(root, options)
  assert.ok(rules instanceof LiveRules, 'problems' in rules ? rules.problems.map(({ message }) => message).join() : '')
  return rules
}
