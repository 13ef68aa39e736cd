/** Entries as text for people and as JSON for programs. Nothing from a message, an address or a client gets out but as printable ASCII. Pure. */
import { reasonText } from '../../deliver/quarantine/entry.ts'
import type { Entry } from '../../deliver/quarantine/entry.ts'
import type { Found } from '../../deliver/quarantine/names.ts'
import { sizeText } from '../../units.ts'
import { placeText } from '../../watch/log.ts'
import { bracketed, plain } from '../../watch/plain.ts'

/** So many digits of an id are shown in a list; any eight that are unique will do. */
const shownDigits = 12

export const listHead = `${'date'.padEnd(20)}  ${'id'.padEnd(shownDigits)}  ${'size'.padStart(8)}  recipient, sender, reason`

/** One line. */
export function listLine({ id, state }: Found, entry: Entry): string {
  const mark = state === 'releasing' ? ' (being released)' : ''
  return (
    `${seconds(entry.date)}  ${id.slice(0, shownDigits)}  ${sizeText(entry.message.size).padStart(8)}  ` +
    `${bracketed(entry.recipient.path)} from ${bracketed(entry.sender.path)}, ${plain(reasonText(entry.reason))}${mark}`
  )
}

/** Many lines. */
export function entryLines({ id, state, since }: Found, entry: Entry): string[] {
  const { recipient, sender, client, message, facts } = entry
  const rows = [
    ['id', id],
    ['state', state === 'releasing' ? `being released since ${seconds(since)}` : 'kept'],
    ['date', `${seconds(entry.date)}, stays until ${seconds(entry.date + entry.keep)} at the latest`],
    ['to', [bracketed(recipient.path), ...recipient.params.map(text => plain(text))].join(' ')],
    ['from', [bracketed(sender.path), ...sender.params.map(text => plain(text))].join(' ')],
    ['reason', plain(reasonText(entry.reason))],
    ['policy', plain(placeText(entry.place))],
    ['transaction', plain(entry.transaction)],
    ['size', sizeText(message.size)],
    ...Object.entries(client ?? {}).flatMap(([name, text]) =>
      text === undefined ? [] : [[`client ${name}`, plain(text)]],
    ),
  ]
  const known =
    facts === undefined || facts === null
      ? []
      : [
          'facts',
          ...asciiJson(facts, 2)
            .split('\n')
            .map(line => `  ${line}`),
        ]
  return [...rows.map(([name = '', text = '']) => `${name.padEnd(14)} ${text}`), ...known]
}

/** The entry as kept, with its state; paths have one character per octet. */
export function entryJson({ state, since }: Found, entry: Entry): Record<string, unknown> {
  const { date, keep, ...rest } = entry
  return {
    ...rest,
    date: new Date(date).toISOString(),
    keep,
    until: moment(date + keep).toISOString(),
    state,
    ...(state === 'releasing' ? { since: new Date(since).toISOString() } : {}),
  }
}

/** JSON in ASCII: what is beyond it, and DEL, becomes `\uHHHH`. */
export function asciiJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(
    /[\x7f-\uffff]/g,
    char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function seconds(ms: number): string {
  return moment(ms)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
}

/** The last moment there is, if it would be beyond. */
function moment(ms: number): Date {
  return new Date(Math.min(ms, 8.64e15))
}
