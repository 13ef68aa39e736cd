/** One rule: `when` … `unless` … `then` (rules/README.md). */
import type { Span } from '../problem.ts'
import type { ReplyText, Rule } from '../settings.ts'
import type { Action } from '../verdict.ts'
import { casesValue } from './conditions.ts'
import { switchValue } from './content-values.ts'
import { headersValue } from './header-fields.ts'
import { about, schemaOf, spot, tableOf, taking, type Read, type Reader, type Spot } from './reader.ts'
import type { Schema } from './schema.ts'
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
const noHeaders: Rule['headers'] = []

/** What else is to happen stands beside `then`, and people write it into it. */
const thenValue: Reader<Action> = taking(
  () => schemaOf(actionValue),
  (tree, findings) => {
    const [first] = tree.kind === 'table' ? tree.pairs : []
    return first !== undefined && ['folder', 'headers', 'text'].includes(first.key.text)
      ? findings.error(
          tree.span,
          'wrong-type',
          'an action belongs here, not a table of keys',
          `${first.key.text}: stands in the rule itself, beside then or without it`,
        )
      : actionValue(tree, findings)
  },
)

const keys = {
  name: about('for the log', spot(lineOf('a name', 60, 'impostor'))),
  when: about('conditions, all of which must hold, or a list of such', casesValue),
  unless: about('exceptions, written as when', casesValue),
  then: about('what happens', spot(thenValue)),
  text: about('what senders are told by reject and defer', spot(replyTextValue(['4', '5']))),
  folder: about('where it goes if it is delivered', spot(folderValue)),
  headers: about('fields to be put on top', spot(headersValue)),
  until: about('the last day on which the rule counts', spot(dayValue)),
  shadow: about('on trial: told, but not done', spot(switchValue)),
}

type Raw = Read<typeof keys>

const ruleTable = tableOf('a rule', keys)

const effects = ['then', 'folder', 'headers'] as const

/** `others`: keys of effects that have no place in these rules. */
export function rulesSchema(others: readonly string[] = []): Schema {
  const { properties = {}, ...table } = schemaOf(ruleTable)
  const items: Schema = {
    ...table,
    properties: Object.fromEntries(Object.entries(properties).filter(([key]) => !others.includes(key))),
    anyOf: effects.filter(key => !others.includes(key)).map(key => ({ required: [key] })),
    if: { required: ['text'] },
    then: { required: ['then'], properties: { then: { enum: ['reject', 'defer'] } } },
  }
  return { description: 'the first that matches and has then decides', type: 'array', items, maxItems: maxRules }
}

const anyRules = (): Schema => rulesSchema()

/** All rules of a list, numbered from 1 where they have no name. */
export const rulesValue: Reader<readonly ReadRule[]> = taking(anyRules, (tree, findings) => {
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
    const raw = ruleTable(item, findings)
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
})

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
    headers: raw.headers?.value ?? noHeaders,
    until: raw.until?.value,
    shadow: raw.shadow?.value ?? false,
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
