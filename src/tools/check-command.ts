/** `lmtp-gate check`: the configuration and every policy file, and all that is wrong in them. */
import { abilitiesOf } from '../assess/sources.ts'
import { systemClock } from '../clock.ts'
import { findConfig, loadConfig } from '../config/config.ts'
import { dayOf } from '../decide/facts.ts'
import { formatProblem } from '../decide/problem.ts'
import type { Problem } from '../decide/problem.ts'
import { checkRules } from './check.ts'

export type CheckOptions = { readonly strict: boolean; readonly json: boolean }

/** Prints what it finds; gives the exit code: 1 for errors, or with `strict` for warnings too. */
export function check(named: string | undefined, { strict, json }: CheckOptions): number {
  const file = findConfig(named, process.cwd())
  const loaded = loadConfig(file, process.cwd())
  if ('problems' in loaded) {
    print(json, loaded.problems, 'The configuration cannot be used; the policy files were not looked at.')
    return 1
  }
  const { rules, recipientDelimiter, limits, scanners, trustAuthserv } = loaded.config
  process.stderr.write(`configuration: ${file ?? 'none'}, rules: ${rules}\n`)
  const today = dayOf(systemClock.date())
  const found = checkRules(rules, {
    recipientDelimiter,
    messageLimit: limits.message,
    today,
    abilities: abilitiesOf(scanners, trustAuthserv),
    strict,
  })
  print(json, found.problems, found.summary)
  return found.exitCode
}

function print(json: boolean, problems: readonly Problem[], summary: string): void {
  const text = json
    ? JSON.stringify({ problems, summary }, undefined, 2)
    : [...problems.map(formatProblem), summary].join('\n')
  process.stdout.write(`${text}\n`)
}
