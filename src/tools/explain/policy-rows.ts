/** What counts for a recipient, key by key, with the place that each value comes from. Pure. */
import type { AttachmentTable } from '../../decide/attachment-table.ts'
import type { Asked, Policy } from '../../decide/policy.ts'
import type { Layers } from '../../decide/rules.ts'
import type { SenderTable } from '../../decide/sender-table.ts'
import type { Leaf, Outage, ReplyText, Settings } from '../../decide/settings.ts'
import type { Place } from '../../decide/verdict.ts'
import { scoreText } from '../../decide/words.ts'
import { endpointText } from '../../deliver/endpoint.ts'
import { sizeText, timeText } from '../../units.ts'

/** `key` as in a policy file, dotted. */
export type PolicyRow = { readonly key: string; readonly value: string; readonly place: Place }

/** All of them, built in ones too. `messageLimit` in octets: what the gate takes at all. */
export function policyRows({ files, settings }: Layers, policy: Policy, messageLimit: number): readonly PolicyRow[] {
  const site = { value: messageLimit, place: 'built in' } as const
  const off = (['size', 'senders', 'attachments', 'spam', 'virus'] as const).flatMap(key => {
    const file = files.find(({ said }) => said[key]?.value === 'off')
    const span = file?.said[key]?.span
    return file === undefined || span === undefined ? [] : [rowOf(key, 'off', file.findings.placeOf(span))]
  })
  return [
    ...off,
    ...askedRows({ ...policy, size: { ...policy.size, max: policy.size.max ?? site } }, ''),
    ...ignoreRows(files),
    ...ownRows(settings, policy),
    ...policy.enforce.flatMap(asked => askedRows(asked, 'enforce.').filter(({ place }) => place !== 'built in')),
    ...usersRows(files),
  ]
}

function askedRows({ size, senders, attachments, spam, virus, atWorst, rules }: Asked, prefix: string): PolicyRow[] {
  const at = prefix === '' ? '' : prefix
  const row = <T>(key: string, leaf: Leaf<T> | undefined, text: (value: T) => string): PolicyRow[] =>
    leaf === undefined ? [] : [rowOf(`${at}${key}`, text(leaf.value), leaf.place)]
  return [
    ...row('size.max', size.max, sizeText),
    ...row('size.text', size.text, replyWords),
    ...listRows(`${at}senders`, senders.levels),
    ...row('senders.action', senders.action ?? builtIn(senders.levels.length > 0 ? 'junk' : undefined), String),
    ...row('senders.text', senders.text, replyWords),
    ...rules.map(({ name, place }) => rowOf(`${at}rules`, name.replace(/^rule /, ''), place)),
    ...(attachments === undefined
      ? []
      : [
          ...listRows(`${at}attachments`, attachments.levels),
          ...row('attachments.action', attachments.action, String),
          ...row('attachments.encrypted', attachments.encrypted, String),
          ...row('attachments.ambiguous', attachments.ambiguous, String),
          ...row('attachments.unreadable', attachments.unreadable, String),
        ]),
    ...(spam === undefined
      ? []
      : [
          ...spam.thresholds.toReversed().flatMap(({ action, score }) => row(`spam.${action}`, score, scoreText)),
          ...row('spam.down', spam.down, outageWords),
          ...row('spam.unscannable', spam.unscannable, String),
        ]),
    ...(virus === undefined
      ? []
      : [
          ...row('virus.action', virus.action, String),
          ...row('virus.down', virus.down, outageWords),
          ...row('virus.unscannable', virus.unscannable, String),
        ]),
    ...row('at_worst', atWorst, String),
  ]
}

function ownRows(
  { junkFolder, bounceGuard, quarantine, attachments, shadow, spam, virus }: Settings,
  policy: Policy,
): PolicyRow[] {
  const { keep, notice, mailbox } = policy.keeping
  const { nextHop } = policy
  const texts = (['attachments', 'spam', 'virus'] as const).flatMap(section => {
    const { text } = { attachments, spam, virus }[section].leaves
    return text === undefined ? [] : [rowOf(`${section}.text`, replyWords(text.value), text.place)]
  })
  return [
    ...texts,
    ...(spam.leaves.profile === undefined
      ? []
      : [rowOf('spam.profile', spam.leaves.profile.value, spam.leaves.profile.place)]),
    ...(shadow === undefined ? [] : [rowOf('shadow', String(shadow.value), shadow.place)]),
    rowOf('junk_folder', policy.junkFolder, junkFolder?.place),
    rowOf('bounce_guard', policy.bounceGuard, bounceGuard?.place),
    rowOf('quarantine.keep', timeText(keep), quarantine.keep?.place),
    rowOf('quarantine.notice', String(notice), quarantine.notice?.place),
    ...(mailbox === undefined ? [] : [rowOf('quarantine.mailbox', mailbox, quarantine.mailbox?.place)]),
    ...(nextHop === undefined ? [] : [rowOf('next_hop', nextHop.value.map(endpointText).join(' '), nextHop.place)]),
  ]
}

/** Of what each of these files allows in persons' files. */
function usersRows(files: Layers['files']): PolicyRow[] {
  return files.flatMap(({ said: { users }, findings }) =>
    (['keys', 'actions'] as const).flatMap(key => {
      const list = users?.[key]
      if (list === undefined) return []
      const words = list.value.map(({ value }) => value).join(', ')
      return [rowOf(`users.${key}`, words === '' ? 'none' : words, findings.placeOf(list.span))]
    }),
  )
}

/** Down to the file that says `off`. */
function ignoreRows(files: Layers['files']): PolicyRow[] {
  const closing = files.findIndex(({ settings }) => settings.virus.closed)
  return files.slice(0, closing < 0 ? undefined : closing).flatMap(({ said, findings }) => {
    const ignored = said.virus === undefined || said.virus.value === 'off' ? [] : (said.virus.value.ignore?.value ?? [])
    return ignored.map(({ value, span }) => rowOf('virus.ignore', value, findings.placeOf(span)))
  })
}

function listRows(section: string, levels: readonly (SenderTable | AttachmentTable)[]): PolicyRow[] {
  return levels.flatMap(({ entries }) =>
    entries.map(entry =>
      rowOf(`${section}.${entry.effect}`, 'text' in entry ? entry.text : entry.pattern.text, entry.place),
    ),
  )
}

function builtIn<T>(value: T | undefined): Leaf<T> | undefined {
  return value === undefined ? undefined : { value, place: 'built in' }
}

function rowOf(key: string, value: string, place: Place = 'built in'): PolicyRow {
  return { key, value, place }
}

function replyWords({ enhanced, text }: ReplyText): string {
  return `"${enhanced === undefined ? '' : `${enhanced} `}${text}"`
}

export function outageWords({ wait, then }: Outage): string {
  return wait === 0 ? then : `defer ${timeText(wait)}, then ${then}`
}
