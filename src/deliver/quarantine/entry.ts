/** What is known of a message in quarantine besides its bytes, as JSON and back. Pure. */
import type { Place } from '../../decide/verdict.ts'
import type { Client, EightBit, Recipient, Sender } from '../../transaction.ts'

/** Paths have one character per octet. `date` in ms since the epoch, `keep` in ms. */
export type Entry = {
  readonly id: string
  /** The gate's own id of the transaction. */
  readonly transaction: string
  readonly date: number
  readonly keep: number
  readonly sender: Sender
  readonly recipient: Recipient
  readonly client: Client | undefined
  readonly reason: { readonly step: string; readonly words: string }
  readonly place: Place
  /** JSON as the gate gave it; undefined if there is none. */
  readonly facts: unknown
  readonly message: { readonly size: number; readonly eightBit: EightBit; readonly hops: number }
}

/** Characters of facts that are kept. */
const maxFacts = 262_144

/** `facts`: JSON, which becomes one line of it, since there may be many; undefined: none. */
export function entryText({ date, ...rest }: Omit<Entry, 'facts'>, facts: string | undefined): string {
  const entry = JSON.stringify({ version: 1, ...rest, date: new Date(date).toISOString() }, undefined, 2)
  if (facts === undefined) return `${entry}\n`
  const bounded = facts.length > maxFacts ? '"too long to be kept"' : facts
  return `${entry.slice(0, -2)},\n  "facts": ${bounded}\n}\n`
}

/** The entry, or what is wrong with the text, in a few words. */
export function readEntry(text: string): Entry | string {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return 'no JSON'
  }
  if (!isRecord(json) || json['version'] !== 1) return 'no entry of this version'
  const { id, transaction, date, keep, reason, facts } = json
  const sender = senderOf(json['sender'])
  const recipient = recipientOf(json['recipient'])
  const message = messageOf(json['message'])
  const ms = typeof date === 'string' ? Date.parse(date) : NaN
  if (sender === undefined || recipient === undefined) return 'no envelope'
  if (message === undefined) return 'nothing about the message'
  if (typeof id !== 'string' || typeof transaction !== 'string' || Number.isNaN(ms) || !isCount(keep))
    return 'no id or date'
  const because = isRecord(reason) ? { step: textOf(reason['step']), words: textOf(reason['words']) } : undefined
  if (because === undefined) return 'no reason'
  const place = placeOf(json['place'])
  return {
    id,
    transaction,
    date: ms,
    keep,
    sender,
    recipient,
    client: clientOf(json['client']),
    reason: because,
    place,
    facts,
    message,
  }
}

/** `rules: rule 2` */
export function reasonText({ step, words }: Entry['reason']): string {
  return words === '' ? step : `${step}: ${words}`
}

function senderOf(value: unknown): Sender | undefined {
  if (!isRecord(value)) return undefined
  const { path, params, size, body, smtputf8 } = value
  if (!isPath(path) || !isTexts(params) || typeof smtputf8 !== 'boolean') return undefined
  return {
    path,
    params,
    size: isCount(size) ? size : undefined,
    body: body === '7BIT' || body === '8BITMIME' ? body : undefined,
    smtputf8,
  }
}

function recipientOf(value: unknown): Recipient | undefined {
  if (!isRecord(value)) return undefined
  const { path, params } = value
  return isPath(path) && path !== '' && isTexts(params) ? { path, params } : undefined
}

function messageOf(value: unknown): Entry['message'] | undefined {
  if (!isRecord(value)) return undefined
  const { size, eightBit, hops } = value
  if (!isCount(size) || !isCount(hops)) return undefined
  if (eightBit !== 'none' && eightBit !== 'body' && eightBit !== 'header') return undefined
  return { size, eightBit, hops }
}

function clientOf(value: unknown): Client | undefined {
  if (!isRecord(value)) return undefined
  const text = (name: keyof Client) => {
    const said = value[name]
    return typeof said === 'string' ? said : undefined
  }
  return {
    name: text('name'),
    address: text('address'),
    port: text('port'),
    proto: text('proto'),
    helo: text('helo'),
    ident: text('ident'),
    source: text('source'),
  }
}

function placeOf(value: unknown): Place {
  if (!isRecord(value)) return 'built in'
  const { file, line, column } = value
  return typeof file === 'string' && isCount(line) && isCount(column) ? { file, line, column } : 'built in'
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** As octets on the wire: nothing that could end a command. */
function isPath(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 4096 && /^[\x20-\x7e\x80-\xff]*$/.test(value)
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isPath)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
