/** The sections of a policy file: their keys, and what they come to (rules/README.md). */
import { AttachmentTable, type ListedAttachment } from '../attachment-table.ts'
import { fold } from '../glob.ts'
import { SenderTable, type Listed } from '../sender-table.ts'
import {
  noAttachments,
  noSenders,
  noSize,
  noSpam,
  noVirus,
  type AttachmentsSection,
  type Leaf,
  type Leaves,
  type SendersSection,
  type SizeSection,
  type SpamSection,
  type VirusSection,
} from '../settings.ts'
import {
  attachmentValue,
  mailboxValue,
  outageValue,
  profileValue,
  scoreValue,
  switchValue,
  timeValue,
  unscannableValue,
} from './content-values.ts'
import { listOf, spot, tableOf, type Read, type Reader, type Refused, type Spot } from './reader.ts'
import { checkText } from './rule.ts'
import type { Findings } from './tree.ts'
import { actionValue, namePatternValue, patternValue, replyTextValue, sizeValue } from './values.ts'

const sizeKeys = { max: spot(sizeValue), text: spot(replyTextValue(['5'])) }

const sendersKeys = {
  allow: spot(listOf(patternValue)),
  block: spot(listOf(patternValue)),
  action: spot(actionValue),
  text: spot(replyTextValue(['4', '5'])),
}

const attachmentsKeys = {
  block: spot(listOf(attachmentValue)),
  allow: spot(listOf(attachmentValue)),
  action: spot(actionValue),
  text: spot(replyTextValue(['4', '5'])),
  encrypted: spot(actionValue),
  ambiguous: spot(actionValue),
  unreadable: spot(actionValue),
}

const enforcedSpamKeys = {
  junk: spot(scoreValue),
  quarantine: spot(scoreValue),
  reject: spot(scoreValue),
  discard: spot(scoreValue),
  text: spot(replyTextValue(['5'])),
  down: spot(outageValue),
  unscannable: spot(unscannableValue),
}

const spamKeys = { ...enforcedSpamKeys, profile: spot(profileValue) }

const virusKeys = {
  action: spot(actionValue),
  text: spot(replyTextValue(['4', '5'])),
  ignore: spot(listOf(namePatternValue)),
  down: spot(outageValue),
  unscannable: spot(unscannableValue),
}

const quarantineKeys = { notice: spot(switchValue), keep: spot(timeValue), mailbox: spot(mailboxValue) }

const profileElsewhere: Refused = { profile: 'the nearest file outside of enforce names the one profile that counts' }

/** As they stand in `enforce`. */
export const enforcedSections = {
  size: spot(tableOf('size', sizeKeys)),
  senders: spot(withText(tableOf('senders', sendersKeys))),
  attachments: spot(withText(tableOf('attachments', attachmentsKeys))),
  spam: spot(tableOf('spam', enforcedSpamKeys, [], profileElsewhere)),
  virus: spot(withText(tableOf('virus', virusKeys))),
}

/** As they stand in a file itself. */
export const sections = {
  size: spot(offOr(tableOf('size', sizeKeys))),
  senders: spot(offOr(withText(tableOf('senders', sendersKeys)))),
  attachments: spot(offOr(withText(tableOf('attachments', attachmentsKeys)))),
  spam: spot(offOr(tableOf('spam', spamKeys))),
  virus: spot(offOr(withText(tableOf('virus', virusKeys)))),
}

export const quarantineSection = tableOf('quarantine', quarantineKeys)

export type SaidSections = Read<typeof sections>

function offOr<T>(reader: Reader<T>): Reader<T | 'off'> {
  return (tree, findings) => (tree.kind === 'text' && tree.text === 'off' ? 'off' : reader(tree, findings))
}

/** Whether the text of a section goes with its action, where both are said. */
function withText<T extends Pick<Read<typeof sendersKeys>, 'action' | 'text'>>(reader: Reader<T>): Reader<T> {
  return (tree, findings) => {
    const read = reader(tree, findings)
    if (read?.action !== undefined && read.text !== undefined) checkText(read.action.value, read.text, findings)
    return read
  }
}

export function sizeOf(said: SaidSections['size'], findings: Findings): SizeSection {
  if (said === undefined) return noSize
  if (said.value === 'off') return { ...noSize, closed: true }
  const { max, text } = leavesOf(said.value, findings)
  return { max, text, closed: false }
}

export function sendersOf(said: SaidSections['senders'], findings: Findings): SendersSection {
  if (said === undefined) return noSenders
  if (said.value === 'off') return { ...noSenders, closed: true }
  const { allow, block, action, text } = said.value
  const listed = (effect: 'allow' | 'block', list: typeof allow): Listed[] =>
    (list?.value ?? []).map(({ value, span }) => ({ effect, pattern: value, place: findings.placeOf(span) }))
  const entries = [...listed('allow', allow), ...listed('block', block)]
  const levels = entries.length === 0 ? [] : [new SenderTable(entries)]
  return { levels, action: leafOf(action, findings), text: leafOf(text, findings), closed: false }
}

export function attachmentsOf(said: SaidSections['attachments'], findings: Findings): AttachmentsSection {
  if (said === undefined) return noAttachments
  if (said.value === 'off') return { ...noAttachments, closed: true }
  const { allow, block, ...single } = said.value
  const listed = (effect: 'allow' | 'block', list: typeof allow): ListedAttachment[] =>
    (list?.value ?? []).map(({ value, span }) => ({ effect, text: value, place: findings.placeOf(span) }))
  const entries = [...listed('allow', allow), ...listed('block', block)]
  const levels = entries.length === 0 ? [] : [new AttachmentTable(entries)]
  return { levels, leaves: leavesOf(single, findings), closed: false }
}

export function spamOf(said: SaidSections['spam'], findings: Findings): SpamSection {
  if (said === undefined) return noSpam
  if (said.value === 'off') return { ...noSpam, closed: true }
  return { leaves: leavesOf(said.value, findings), closed: false }
}

export function virusOf(said: SaidSections['virus'], findings: Findings): VirusSection {
  if (said === undefined) return noVirus
  if (said.value === 'off') return { ...noVirus, closed: true }
  const { ignore, ...single } = said.value
  const names = (ignore?.value ?? []).map(({ value }) => fold(value))
  return { leaves: leavesOf(single, findings), ignore: names, closed: false }
}

export function leavesOf<T extends object>(
  said: { readonly [K in keyof T]?: Spot<T[K]> },
  findings: Findings,
): Leaves<T> {
  const leaves = Object.entries<Spot<unknown>>(said as Record<string, Spot<unknown>>).map(
    ([key, one]) => [key, leafOf(one, findings)] as const,
  )
  return Object.fromEntries(leaves) as Leaves<T>
}

export function leafOf<T>(said: Spot<T>, findings: Findings): Leaf<T>
export function leafOf<T>(said: Spot<T> | undefined, findings: Findings): Leaf<T> | undefined
export function leafOf<T>(said: Spot<T> | undefined, findings: Findings): Leaf<T> | undefined {
  return said === undefined ? undefined : { value: said.value, place: findings.placeOf(said.span) }
}
