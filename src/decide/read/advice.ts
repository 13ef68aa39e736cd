/** What is right by the letter, but hardly meant so: the warnings of one file (rules/README.md). */
import { sizeText } from '../../units.ts'
import type { Abilities } from '../policy.ts'
import { looksAtRecipientAlone, type Guard, type Rule } from '../settings.ts'
import { adviseConditions } from './condition-advice.ts'
import { adviseContent, adviseReject, adviseTies } from './content-advice.ts'
import type { PolicyFile, Said } from './policy-file.ts'
import type { ReadRule } from './rule.ts'
import { exceptsItself, shadowedBy } from './shadow.ts'
import type { Findings } from './tree.ts'

/** `guard`: the one that binds this file; `today` as `2027-01-31`; `messageLimit` in octets; `abilities` of the site. */
export type AdviceContext = {
  readonly guard: Guard
  readonly today: string
  readonly messageLimit: number
  readonly abilities: Abilities
}

export function adviseFile({ said, findings }: PolicyFile, context: AdviceContext): void {
  for (const asked of [said, said.enforce?.value ?? {}]) {
    adviseSize(asked.size, findings, context)
    adviseSenders(asked.senders, findings, context)
    adviseContent(asked, findings, context)
    for (const [i, read] of (asked.rules ?? []).entries()) {
      adviseRule(read, findings, context)
      adviseConditions(read, findings, context)
      adviseReach(read, (asked.rules ?? []).slice(0, i), findings)
    }
  }
}

function adviseReach({ rule, whole }: ReadRule, earlier: readonly ReadRule[], findings: Findings): void {
  const shadow = earlier.find(one => shadowedBy(rule, [one.rule]) !== undefined)
  if (exceptsItself(rule))
    findings.warn(
      whole,
      'never',
      `${rule.name} can never match: its unless holds whenever its when does`,
      'make unless narrower',
    )
  else if (shadow !== undefined) {
    const { line } = findings.source.lineAndColumn(shadow.whole.start)
    findings.warn(
      whole,
      'never',
      `${rule.name} can never decide`,
      `${shadow.rule.name} in line ${line} always comes first`,
    )
  }
}

function adviseSize(size: Said['size'], findings: Findings, { messageLimit }: AdviceContext): void {
  const max = size === undefined || size.value === 'off' ? undefined : size.value.max
  if (max !== undefined && max.value > messageLimit)
    findings.warn(
      max.span,
      'never',
      `no message is so large: the site takes ${sizeText(messageLimit)}`,
      'raise limits.message, or lower this',
    )
}

function adviseSenders(senders: Said['senders'], findings: Findings, context: AdviceContext): void {
  if (senders === undefined || senders.value === 'off') return
  const { allow, block, action } = senders.value
  if (allow !== undefined && allow.value.length > 0 && !context.abilities.proof)
    findings.warn(
      allow.span,
      'forgeable',
      'anybody can write these addresses: this site has no source of proof',
      'allow as few as possible, or set trust_authserv',
    )
  for (const { value, span } of allow?.value ?? [])
    if (value.kind === 'null sender' && context.abilities.proof)
      findings.warn(span, 'never', 'the null sender is never proven, so this allows nothing', 'leave it out')
  if (action?.value === 'reject') adviseReject(action.span, findings, context)
  adviseTies(allow, block, ({ text }) => text, findings)
  for (const { value, span } of block?.value ?? [])
    if (value.kind === 'null sender') findings.warn(span, 'null-sender', ...nullSenderWords)
}

function adviseRule({ rule, whole, then, until }: ReadRule, findings: Findings, context: AdviceContext): void {
  const { today } = context
  const place = then ?? whole
  if (until !== undefined && rule.until !== undefined && rule.until < today)
    findings.warn(until, 'expired', `${rule.name} counts no more since ${rule.until}`, 'take it out')
  if (rule.then === 'reject' && !looksAtRecipientAlone(rule)) adviseReject(place, findings, context)
  if ((rule.then === 'reject' || rule.then === 'discard') && namesNullSender(rule))
    findings.warn(place, 'null-sender', ...nullSenderWords)
  if (rule.then === 'defer' && rule.when === undefined && rule.unless === undefined && rule.until === undefined)
    findings.warn(place, 'defer', 'all mail waits until its sender gives up', 'give it until:, or a when:')
}

const nullSenderWords = ['<> is the sender of every bounce, also of those to your own mail', 'leave it out'] as const

/** Bounces to an address that never sends are nobody's, so a case that asks for the recipient is meant so. */
function namesNullSender({ when }: Rule): boolean {
  return (when ?? []).some(
    conditions =>
      conditions.some(({ name, values }) => name === 'sender' && values.includes('<>')) &&
      !conditions.some(({ name }) => name === 'recipient' || name === 'detail'),
  )
}
