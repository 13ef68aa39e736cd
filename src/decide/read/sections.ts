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
import {
  about,
  listOf,
  schemaOf,
  spot,
  tableOf,
  taking,
  type Read,
  type Reader,
  type Refused,
  type Spot,
} from './reader.ts'
import { checkText } from './rule.ts'
import type { Findings } from './tree.ts'
import { actionValue, namePatternValue, namingByKeys, patternValue, replyTextValue, sizeValue } from './values.ts'

const sizeKeys = {
  max: about('larger messages are refused with 552 5.2.3', spot(sizeValue)),
  text: about('what their senders are told', spot(replyTextValue(['5']))),
}

const sendersKeys = {
  allow: about('proven senders to be let through without asking attachments and spam', spot(listOf(patternValue))),
  block: about('senders on whom the action is taken', spot(listOf(patternValue))),
  action: about('for blocked senders; junk if missing', spot(actionValue)),
  text: about('what senders are told by reject and defer', spot(replyTextValue(['4', '5']))),
}

const attachmentsKeys = {
  block: about('names, also of files in archives, or MIME types', spot(listOf(attachmentValue))),
  allow: about('exceptions: the longer pattern counts', spot(listOf(attachmentValue))),
  action: about('for blocked ones; quarantine if missing', spot(actionValue)),
  text: about('what senders are told by reject and defer', spot(replyTextValue(['4', '5']))),
  encrypted: about('for archives and documents with a password; deliver if missing', spot(actionValue)),
  ambiguous: about('for what programs may understand differently; deliver if missing', spot(actionValue)),
  unreadable: about('for parts that could not be read; quarantine if missing', spot(actionValue)),
}

const enforcedSpamKeys = {
  junk: about('from which score on it goes to Junk; 6 if missing', spot(scoreValue)),
  quarantine: about('from which score on it is kept back; never if missing', spot(scoreValue)),
  reject: about('from which score on it is refused; never if missing', spot(scoreValue)),
  discard: about('from which score on it vanishes; never if missing', spot(scoreValue)),
  text: about('what senders are told by reject', spot(replyTextValue(['5']))),
  down: about('if the scanner does not answer; deliver if missing', spot(outageValue)),
  unscannable: about('if the scanner cannot look at it; deliver if missing', spot(unscannableValue)),
}

const spamKeys = {
  ...enforcedSpamKeys,
  profile: about('under which name the scanner is asked', spot(profileValue)),
}

const virusKeys = {
  action: about('for viruses; quarantine if missing', spot(actionValue)),
  text: about('what senders are told by reject and defer', spot(replyTextValue(['4', '5']))),
  ignore: about('names that the scanner finds, and that are no viruses here', spot(listOf(namePatternValue))),
  down: about('if the scanner does not answer; defer if missing', spot(outageValue)),
  unscannable: about('if the scanner cannot look at it; deliver if missing', spot(unscannableValue)),
}

const quarantineKeys = {
  notice: about('whether a short message says what is kept back', spot(switchValue)),
  keep: about('after which it is deleted; 30d if missing', spot(timeValue)),
  mailbox: about('where to keep it instead of the disk', spot(mailboxValue)),
}

const profileElsewhere: Refused = { profile: 'the nearest file outside of enforce names the one profile that counts' }

const meanings = {
  size: 'how large a message may be',
  senders: 'who may write, and who may not',
  attachments: 'which attachments are kept out',
  spam: 'what a spam score comes to',
  virus: 'what becomes of viruses',
}

/** As they stand in `enforce`. */
export const enforcedSections = {
  size: about(meanings.size, spot(tableOf('size', sizeKeys))),
  senders: about(meanings.senders, spot(withText(tableOf('senders', sendersKeys)))),
  attachments: about(meanings.attachments, spot(withText(tableOf('attachments', attachmentsKeys)))),
  spam: about(meanings.spam, spot(namingByKeys(tableOf('spam', enforcedSpamKeys, profileElsewhere)))),
  virus: about(meanings.virus, spot(withText(tableOf('virus', virusKeys)))),
}

/** As they stand in a file itself. */
export const sections = {
  size: about(meanings.size, spot(offOr(tableOf('size', sizeKeys)))),
  senders: about(meanings.senders, spot(offOr(withText(tableOf('senders', sendersKeys))))),
  attachments: about(meanings.attachments, spot(offOr(withText(tableOf('attachments', attachmentsKeys))))),
  spam: about(meanings.spam, spot(offOr(namingByKeys(tableOf('spam', spamKeys))))),
  virus: about(meanings.virus, spot(offOr(withText(tableOf('virus', virusKeys))))),
}

export const quarantineSection = about('how it is kept back', tableOf('quarantine', quarantineKeys))

/** As `users` may name them. */
export const sectionKeys = {
  size: Object.keys(sizeKeys),
  senders: Object.keys(sendersKeys),
  attachments: Object.keys(attachmentsKeys),
  spam: Object.keys(spamKeys),
  virus: Object.keys(virusKeys),
  quarantine: Object.keys(quarantineKeys),
}

export type SaidSections = Read<typeof sections>

function offOr<T>(reader: Reader<T>): Reader<T | 'off'> {
  return taking(
    () => ({ anyOf: [schemaOf(reader), { enum: ['off'] }] }),
    (tree, findings) => (tree.kind === 'text' && tree.text === 'off' ? 'off' : reader(tree, findings)),
  )
}

/** Whether the text of a section goes with its action, where both are said. */
function withText<T extends Pick<Read<typeof sendersKeys>, 'action' | 'text'>>(reader: Reader<T>): Reader<T> {
  const told = { properties: { action: { enum: ['reject', 'defer'] } } }
  const schema = () => ({ ...schemaOf(reader), if: { required: ['action', 'text'] }, then: told })
  return taking(schema, (tree, findings) => {
    const read = reader(tree, findings)
    if (read?.action !== undefined && read.text !== undefined) checkText(read.action.value, read.text, findings)
    return read
  })
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
