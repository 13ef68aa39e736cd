/** The step on rules, nearest file first, top to bottom. */
import type { Facts } from '../facts.ts'
import type { Case, Rule } from '../settings.ts'
import type { Tell, Tried } from '../trace.ts'
import { all, any, not, type Truth } from '../truth.ts'

/** `decided`: the first rule that matches and has an action. `editing`: all that matched up to it; undefined while that is not certain. */
export type RulesSay = { readonly decided: Rule | undefined; readonly editing: readonly Rule[] | undefined }

/** Undefined: which rule decides hangs on facts that are pending. */
export function askRules(facts: Facts, rules: readonly Rule[], delimiters: string, tell?: Tell): RulesSay | undefined {
  const editing: Rule[] = []
  let certain = true
  for (const rule of rules) {
    const tried: Tried[] | undefined = tell === undefined ? undefined : []
    const matched = matches(rule, facts, delimiters, tried)
    tell?.({ step: 'rules', rule, matched, tried: tried ?? [] })
    if (matched === false) continue
    if (matched === undefined && rule.then !== undefined) return undefined
    if (matched === undefined) certain = false
    editing.push(rule)
    if (rule.then !== undefined) return { decided: rule, editing: certain ? editing : undefined }
  }
  return { decided: undefined, editing: certain ? editing : undefined }
}

/** `tried` takes the conditions that were asked. */
function matches({ when, unless, until }: Rule, facts: Facts, delimiters: string, tried: Tried[] | undefined): Truth {
  if (until !== undefined && until < facts.today) return false
  const holds = (cases: readonly Case[], part: Tried['part']) =>
    any(cases, conditions =>
      all(conditions, condition => {
        const answer = condition.holds(facts, delimiters)
        tried?.push({ part, of: conditions, condition, answer })
        return answer
      }),
    )
  return all(
    [() => when === undefined || holds(when, 'when'), () => unless === undefined || not(holds(unless, 'unless'))],
    ask => ask(),
  )
}
