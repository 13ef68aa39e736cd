/** The step on attachments: blocked names and types, what is encrypted, ambiguous, or could not be read. */
import { lookedUpNames } from '../attachment-names.ts'
import type { AttachmentTable, ListedAttachment } from '../attachment-table.ts'
import type { Facts, Structure, Why } from '../facts.ts'
import { fold } from '../glob.ts'
import type { Attachments } from '../policy.ts'
import type { Leaf } from '../settings.ts'
import { isSeverer } from '../severity.ts'
import type { Action } from '../verdict.ts'
import { plainName } from '../words.ts'
import type { Finding } from './finding.ts'
import { unreadAction } from './lacks.ts'

/** The severest of what is to be done about it; undefined while the structure is pending. */
export function askAttachments(facts: Facts, attachments: Attachments): Finding | 'nothing' | undefined {
  switch (facts.structure.state) {
    case 'pending':
      return undefined
    case 'unknown':
      return severest([unlearned(facts.structure.why, attachments)])
    case 'known':
      return severest(findingsIn(facts.structure.value, attachments))
  }
}

function findingsIn(
  structure: Structure,
  { action, text, encrypted, ambiguous, unreadable, levels }: Attachments,
): Finding[] {
  const findings: Finding[] = []
  const blocked = blockedIn(structure, levels)
  if (blocked !== undefined) {
    const words = `block ${blocked.entry.text}: ${plainName(blocked.what)}`
    findings.push({ ...found({ value: action.value, place: blocked.entry.place }, words, 'attachment'), text })
  }
  if (structure.attachments.some(attachment => attachment.encrypted))
    findings.push(found(encrypted, 'encrypted', 'encrypted attachment'))
  if (structure.ambiguous !== undefined)
    findings.push(found(ambiguous, `ambiguous: ${structure.ambiguous}`, 'ambiguous message'))
  if (structure.unreadable !== undefined)
    findings.push(found(unreadable, `unreadable: ${structure.unreadable}`, 'unreadable attachment'))
  return findings
}

function unlearned(why: Why, { unreadable }: Attachments): Finding {
  const { value, place } = unreadable
  return found({ value: unreadAction(why, value), place }, `unreadable: ${why.words}`, 'unreadable attachment')
}

function found({ value, place }: Leaf<Action>, words: string, told: string): Finding {
  return { action: value, text: undefined, because: { step: 'attachments', words }, place, told }
}

/** Of equally severe ones the first. */
function severest(findings: readonly Finding[]): Finding | 'nothing' {
  let worst: Finding | 'nothing' = 'nothing'
  for (const finding of findings)
    if (isSeverer(finding.action, worst === 'nothing' ? 'deliver' : worst.action)) worst = finding
  return worst
}

type Blocked = { readonly entry: ListedAttachment; readonly what: string }

/** A message is asked about again and again, for each recipient and each fact that comes, and many recipients share their files. */
const answered = new WeakMap<Structure, WeakMap<readonly AttachmentTable[], Blocked | 'nothing'>>()

function blockedIn(structure: Structure, levels: readonly AttachmentTable[]): Blocked | undefined {
  const answers = answered.get(structure) ?? new WeakMap<readonly AttachmentTable[], Blocked | 'nothing'>()
  answered.set(structure, answers)
  const answer = answers.get(levels) ?? lookUp(structure, levels) ?? 'nothing'
  answers.set(levels, answer)
  return answer === 'nothing' ? undefined : answer
}

/** Every name and every type is looked up by itself: one that is blocked is enough. */
function lookUp({ attachments }: Structure, levels: readonly AttachmentTable[]): Blocked | undefined {
  // A thousand attachments have mostly the same few types.
  const passed = new Set<string>()
  for (const attachment of attachments) {
    for (const { name, folded } of lookedUpNames(attachment)) {
      const entry = nearest(levels, table => table.findName(folded))
      if (entry?.effect === 'block') return { entry, what: name }
    }
    for (const type of attachment.types) {
      if (passed.has(type)) continue
      passed.add(type)
      const entry = nearest(levels, table => table.findType(fold(type)))
      if (entry?.effect === 'block') return { entry, what: type }
    }
  }
  return undefined
}

function nearest(
  levels: readonly AttachmentTable[],
  find: (table: AttachmentTable) => ListedAttachment | undefined,
): ListedAttachment | undefined {
  for (const level of levels) {
    const entry = find(level)
    if (entry !== undefined) return entry
  }
  return undefined
}
