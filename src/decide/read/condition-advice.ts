/** Warnings about what rules ask for: what anybody can make up, and what this site cannot know (rules/README.md). */
import type { Abilities } from '../policy.ts'
import type { Case, Condition } from '../settings.ts'
import type { AdviceContext } from './advice.ts'
import type { ReadRule } from './rule.ts'
import type { Findings } from './tree.ts'

export function adviseConditions({ rule, whole, then }: ReadRule, findings: Findings, context: AdviceContext): void {
  const { abilities } = context
  const madeUp = rule.then === 'deliver' ? (rule.when ?? []).map(madeUpIn).find(name => name !== undefined) : undefined
  const certain = abilities.proof ? 'ask for from: and proven: true, or name the client' : 'name the client too'
  if (madeUp !== undefined)
    findings.warn(
      then ?? whole,
      'forgeable',
      `anybody can make up this ${madeUp}, and is let through`,
      `${certain}, or leave then out`,
    )
  const asked = [...(rule.when ?? []), ...(rule.unless ?? [])].flat()
  const missing = new Map(asked.flatMap(one => lacking(one, abilities).map(what => [what, one.name] as const)))
  for (const [what, name] of missing)
    findings.warn(whole, 'not-configured', `${name} is asked for, but ${words[what]}`, mends[what])
  if (rule.then === 'defer' && rule.until === undefined && (rule.when ?? []).flat().some(isNotScanned))
    findings.warn(
      then ?? whole,
      'defer',
      'what cannot be scanned never can: it waits until its sender gives up',
      'use down: in the section',
    )
}

function isNotScanned({ name }: Condition): boolean {
  return name === 'not_scanned'
}

const choices = ['sender', 'from', 'from_name', 'to', 'subject', 'list', 'attachment']

/** The condition by which whoever writes gets his mail through, if none of the others stands against it. */
function madeUpIn(conditions: Case): string | undefined {
  const found = conditions.find(({ name }) => choices.includes(name) || name.startsWith('header '))
  return found === undefined || isCertain(conditions) ? undefined : found.name
}

/** A proof is of one address: it says nothing about a subject, nor a proven From about the envelope. */
function isCertain(conditions: Case): boolean {
  const says = (wanted: string, values: readonly string[] = []) =>
    conditions.some(one => one.name === wanted && one.values.every(value => values.includes(value)))
  const names = conditions.map(({ name }) => name)
  return (
    ['client', 'score', 'symbol', 'virus'].some(name => names.includes(name)) ||
    (names.includes('sender') && says('auth spf', ['pass'])) ||
    (names.includes('from') && (says('proven', ['true']) || says('auth dmarc', ['pass'])))
  )
}

/** What of the site's abilities is missing to know this. */
function lacking({ name, values }: Condition, abilities: Abilities): readonly (keyof Abilities)[] {
  const spam = name === 'score' || name === 'symbol' || (name === 'not_scanned' && values.includes('spam'))
  const virus = name === 'virus' || (name === 'not_scanned' && values.includes('virus'))
  const proof = name === 'proven' || name.startsWith('auth ')
  return [
    ...(spam && !abilities.spam ? (['spam'] as const) : []),
    ...(virus && !abilities.virus ? (['virus'] as const) : []),
    ...(proof && !abilities.proof ? (['proof'] as const) : []),
  ]
}

const words: Readonly<Record<keyof Abilities, string>> = {
  spam: 'nothing gives this site a score',
  virus: 'nothing looks for viruses at this site',
  proof: 'this site has no source of proof',
}

const mends: Readonly<Record<keyof Abilities, string>> = {
  spam: 'it is never true until lmtp-gate.yaml names a scanner',
  virus: 'it is never true until lmtp-gate.yaml names a scanner',
  proof: 'nobody is proven until lmtp-gate.yaml has trust_authserv, or rspamd',
}
