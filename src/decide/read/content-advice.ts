/** Warnings about spam, viruses and attachments (rules/README.md). */
import { fold } from '../glob.ts'
import type { Span } from '../problem.ts'
import type { Thresholds } from '../settings.ts'
import type { AdviceContext } from './advice.ts'
import type { Spot } from './reader.ts'
import type { SaidSections } from './sections.ts'
import type { Findings } from './tree.ts'

type Said = Pick<SaidSections, 'attachments' | 'spam' | 'virus'>

export function adviseContent({ attachments, spam, virus }: Said, findings: Findings, context: AdviceContext): void {
  const { abilities } = context
  if (spam !== undefined && spam.value !== 'off') {
    if (!abilities.spam) findings.warn(spam.span, 'not-configured', 'nothing gives this site a score', scannersMissing)
    adviseThresholds(spam.value, findings)
    const { reject } = spam.value
    if (reject !== undefined && reject.value !== Infinity) adviseReject(reject.span, findings, context)
    adviseOutage(spam.value, findings, context)
  }
  if (virus !== undefined && virus.value !== 'off') {
    if (!abilities.virus)
      findings.warn(virus.span, 'not-configured', 'nothing looks for viruses at this site', scannersMissing)
    adviseAction(virus.value.action, findings, context)
    adviseOutage(virus.value, findings, context)
  }
  if (attachments !== undefined && attachments.value !== 'off') {
    const { action, encrypted, ambiguous, unreadable, allow, block } = attachments.value
    adviseTies(allow, block, text => text, findings)
    for (const one of [action, encrypted, ambiguous, unreadable]) adviseAction(one, findings, context)
  }
}

const scannersMissing = 'this does nothing until lmtp-gate.yaml names a scanner'

/** Behind a queue, for all but what Postfix can learn before it accepts. */
export function adviseReject(span: Span, findings: Findings, { guard, abilities }: AdviceContext): void {
  if (guard === 'off' || abilities.proof) return
  findings.warn(
    span,
    'guarded',
    `a reject behind a queue becomes a bounce to a forged sender, so it turns into ${guard}`,
    `write ${guard}`,
  )
}

/** What one file both allows and blocks. */
export function adviseTies<T>(
  allow: Spot<readonly Spot<T>[]> | undefined,
  block: Spot<readonly Spot<T>[]> | undefined,
  textOf: (value: T) => string,
  findings: Findings,
): void {
  const blocked = new Set((block?.value ?? []).map(({ value }) => fold(textOf(value))))
  for (const { value, span } of allow?.value ?? [])
    if (blocked.has(fold(textOf(value))))
      findings.warn(span, 'never', 'this is blocked too: of equal ones the blocking counts', 'leave one of them out')
}

function adviseAction(action: Spot<string> | undefined, findings: Findings, context: AdviceContext): void {
  if (action?.value === 'reject') adviseReject(action.span, findings, context)
}

type Outages = Pick<Exclude<NonNullable<Said['virus']>['value'], 'off'>, 'down' | 'unscannable'>

function adviseOutage({ down, unscannable }: Outages, findings: Findings, context: AdviceContext): void {
  if (down?.value.then === 'reject') adviseReject(down.span, findings, context)
  adviseAction(unscannable, findings, context)
}

type SaidThresholds = { readonly [K in keyof Thresholds]?: Spot<number> }

/** Mild to severe. */
export const bySeverity = ['junk', 'quarantine', 'reject', 'discard'] as const satisfies readonly (keyof Thresholds)[]

/** Of the thresholds that a score reaches the severest counts, so one that is not under a severer one never does. */
function adviseThresholds(said: SaidThresholds, findings: Findings): void {
  for (const [i, name] of bySeverity.entries()) {
    const score = said[name]
    if (score === undefined || score.value === Infinity) continue
    const severer = bySeverity.slice(i + 1).find(other => (said[other]?.value ?? Infinity) <= score.value)
    if (severer !== undefined)
      findings.warn(
        score.span,
        'never',
        `${name} is never reached: ${severer} is taken from ${said[severer]?.value ?? 0} on`,
        'write a lower score, or never',
      )
  }
}
