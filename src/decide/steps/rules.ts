/** The step on rules, nearest file first, top to bottom. */
import type { Facts } from '../facts.ts'
import type { Asked, Policy } from '../policy.ts'
import type { Case, Rule } from '../settings.ts'
import type { Tell, Tried } from '../trace.ts'
import { both, isUnlearned, not, type Answer } from '../truth.ts'
import type { Finding } from './finding.ts'
import { askLacks, learnable } from './lacks.ts'

/**
 * `decided`: the first rule that matches and has an action, or that cannot know whether it matches where a section says what then. `editing`:
 * all that matched up to it; undefined while that is not certain.
 */
export type RulesSay = { readonly decided: Decided | undefined; readonly editing: readonly Rule[] | undefined }

export type Decided = { readonly rule: Rule; readonly finding: Finding }

/** Undefined: which rule decides hangs on facts that are pending. */
export function askRules(
  facts: Facts,
  { rules, unlearnable, rulesNeedScans }: Pick<Asked, 'rules' | 'unlearnable' | 'rulesNeedScans'>,
  site: Pick<Policy, 'delimiters' | 'proof'>,
  tell?: Tell,
): RulesSay | undefined {
  if (rules.length === 0) return noRules
  const seen = rulesNeedScans ? learnable(facts, unlearnable, site) : facts
  const editing: Rule[] = []
  let certain = true
  for (const rule of rules) {
    const tried: Tried[] | undefined = tell === undefined ? undefined : []
    const matched = matches(rule, seen, site.delimiters, tried)
    // What only edits has no outcome that something else could take the place of.
    const lacks = isUnlearned(matched) && rule.then !== undefined ? matched.lacks : []
    const lacking = askLacks(facts, rule, lacks, unlearnable)
    tell?.({ step: 'rules', facts: seen, rule, matched, lacking, tried: tried ?? [] })
    if (lacking === undefined) return undefined
    if (lacking !== 'nothing') return { decided: { rule, finding: lacking }, editing: certain ? editing : undefined }
    if (matched === false || isUnlearned(matched)) continue
    if (matched === undefined && rule.then !== undefined) return undefined
    if (matched === undefined) certain = false
    editing.push(rule)
    if (rule.then !== undefined)
      return { decided: { rule, finding: findingOf(rule, rule.then) }, editing: certain ? editing : undefined }
  }
  return { decided: undefined, editing: certain ? editing : undefined }
}

const noRules: RulesSay = { decided: undefined, editing: [] }

function findingOf({ name, text, place }: Rule, action: Finding['action']): Finding {
  return { action, text, because: { step: 'rules', words: name }, place, told: undefined }
}

/** `tried` takes the conditions that were asked. */
function matches({ when, unless, until }: Rule, facts: Facts, delimiters: string, tried: Tried[] | undefined): Answer {
  if (until !== undefined && until < facts.today) return false
  const wanted = when === undefined ? true : oneHolds(when, 'when', facts, delimiters, tried)
  if (wanted === false || unless === undefined) return wanted
  return both(wanted, not(oneHolds(unless, 'unless', facts, delimiters, tried)))
}

/** True as soon as one case does. Without closures, which took an eighth of a decision: each rule of each recipient is asked. */
function oneHolds(
  cases: readonly Case[],
  part: Tried['part'],
  facts: Facts,
  delimiters: string,
  tried: Tried[] | undefined,
): Answer {
  let none: Answer = true
  for (const conditions of cases) {
    none = both(none, not(allHold(conditions, part, facts, delimiters, tried)))
    if (none === false) return true
  }
  return not(none)
}

/** Nobody is asked behind the first that is false. */
function allHold(
  conditions: Case,
  part: Tried['part'],
  facts: Facts,
  delimiters: string,
  tried: Tried[] | undefined,
): Answer {
  let answer: Answer = true
  for (const condition of conditions) {
    const one = condition.holds(facts, delimiters)
    tried?.push({ part, of: conditions, condition, answer: one })
    answer = both(answer, one)
    if (answer === false) return false
  }
  return answer
}
