/** One rule: `when` … `unless` … `then` (rules/README.md). */
import type { Span } from '../problem.ts'
import type { ReplyText, Rule } from '../settings.ts'
import type { Action } from '../verdict.ts'
import { casesValue } from './conditions.ts'
import { headersValue } from './header-fields.ts'
import { spot, tableOf, type Read, type Reader, type Spot } from './reader.ts'
import type { Findings } from './tree.ts'
import { actionValue, dayValue, folderValue, lineOf, replyTextValue } from './values.ts'

/** A rule and the places of its parts, for advice. */
export type ReadRule = {
  readonly rule: Rule
  readonly whole: Span
  readonly then: Span | undefined
  readonly until: Span | undefined
}

const maxRules = 200

const keys = {
  name: spot(lineOf('a name', 60, 'impostor')),
  when: casesValue,
  unless: casesValue,
  then: spot(actionValue),
  text: spot(replyTextValue(['4', '5'])),
  folder: spot(folderValue),
  headers: spot(headersValue),
  until: spot(dayValue),
}

type Raw = Read<typeof keys>

/** All rules of a list, numbered from 1 where they have no name. */
export const rulesValue: Reader<readonly ReadRule[]> = (tree, findings) => {
  if (tree.kind !== 'list')
    return findings.error(tree.span, 'wrong-type', 'rules are a list', 'begin each rule with a dash')
  findings.rules += tree.items.length
  if (findings.rules > maxRules)
    return findings.error(
      tree.span,
      'limit',
      `more than ${maxRules} rules in a file`,
      'use lists of values in one rule',
    )
  const rules: ReadRule[] = []
  for (const [i, item] of tree.items.entries()) {
    const raw = tableOf('a rule', keys, ['shadow'])(item, findings)
    const rule = raw === null ? null : ruleOf(raw, i + 1, item.span, findings)
    if (rule === null) continue
    if (rules.some(other => other.rule.name === rule.rule.name))
      findings.error(
        raw?.name?.span ?? item.span,
        'repeated-name',
        `two rules are called "${rule.rule.name}"`,
        'names are unique in a file',
      )
    rules.push(rule)
  }
  return rules
}

function ruleOf(raw: Raw, number: number, whole: Span, findings: Findings): ReadRule {
  checkEffect(raw, whole, findings)
  const rule: Rule = {
    name: raw.name === undefined ? `rule ${number}` : `rule ${raw.name.value}`,
    place: findings.placeOf(whole),
    when: raw.when,
    unless: raw.unless,
    then: raw.then?.value,
    text: raw.text?.value,
    folder: raw.folder?.value,
    headers: raw.headers?.value ?? [],
    until: raw.until?.value,
  }
  return { rule, whole, then: raw.then?.span, until: raw.until?.span }
}

/** Whether the parts of a rule go together. */
function checkEffect({ then, text, folder, headers }: Raw, whole: Span, findings: Findings): void {
  const action = then?.value
  if (then === undefined && folder === undefined && headers === undefined && !findings.broken)
    findings.error(whole, 'no-effect', 'this rule does nothing', 'give it then, folder or headers')
  if (text !== undefined) checkText(action, text, findings)
  if (folder !== undefined && action !== undefined && action !== 'deliver')
    findings.warn(
      folder.span,
      'no-effect',
      `the folder counts only for what is delivered, here it is ${action}`,
      'leave one of them out',
    )
  if (headers !== undefined && action !== undefined && action !== 'deliver' && action !== 'junk')
    findings.warn(
      headers.span,
      'no-effect',
      `headers are written only on what is delivered, here it is ${action}`,
      'leave one of them out',
    )
}

/** Whether a text goes with the action, and its enhanced code with both. */
export function checkText(action: Action | undefined, { value, span }: Spot<ReplyText>, findings: Findings): void {
  if (action !== 'reject' && action !== 'defer') {
    findings.error(span, 'no-effect', 'a text goes with reject or defer alone', 'nobody is told anything otherwise')
    return
  }
  const digit = action === 'defer' ? '4' : '5'
  if (value.enhanced !== undefined && !value.enhanced.startsWith(digit))
    findings.error(span, 'wrong-value', `${value.enhanced} does not go with ${action}`, `its code begins with ${digit}`)
}
