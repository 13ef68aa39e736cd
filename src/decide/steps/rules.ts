/** The step on rules, nearest file first, top to bottom. */
import type { Facts } from '../facts.ts'
import type { Case, Rule } from '../settings.ts'
import { all, any, not, type Truth } from '../truth.ts'

/** `decided`: the first rule that matches and has an action. `editing`: all that matched up to it; undefined while that is not certain. */
export type RulesSay = { readonly decided: Rule | undefined; readonly editing: readonly Rule[] | undefined }

/** Undefined: which rule decides hangs on facts that are pending. */
export function askRules(facts: Facts, rules: readonly Rule[], delimiters: string): RulesSay | undefined {
  const editing: Rule[] = []
  let certain = true
  for (const rule of rules) {
    const matched = matches(rule, facts, delimiters)
    if (matched === false) continue
    if (matched === undefined && rule.then !== undefined) return undefined
    if (matched === undefined) certain = false
    editing.push(rule)
    if (rule.then !== undefined) return { decided: rule, editing: certain ? editing : undefined }
  }
  return { decided: undefined, editing: certain ? editing : undefined }
}

function matches({ when, unless, until }: Rule, facts: Facts, delimiters: string): Truth {
  if (until !== undefined && until < facts.today) return false
  const holds = (cases: readonly Case[]) =>
    any(cases, conditions => all(conditions, one => one.holds(facts, delimiters)))
  return all([() => when === undefined || holds(when), () => unless === undefined || not(holds(unless))], ask => ask())
}
