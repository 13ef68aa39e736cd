/** XFORWARD: what Postfix tells about the real client, for the next transaction alone (Postfix XFORWARD_README). */
import { isIP } from 'node:net'
import type { Client } from '../transaction.ts'

export const xforwardAttributes = 'NAME ADDR PORT PROTO HELO IDENT SOURCE'

export const unknownClient: Client = {
  name: undefined,
  address: undefined,
  port: undefined,
  proto: undefined,
  helo: undefined,
  ident: undefined,
  source: undefined,
}

/** What an attribute says in a Client. */
const fieldOf: ReadonlyMap<string, keyof Client> = new Map([
  ['NAME', 'name'],
  ['ADDR', 'address'],
  ['PORT', 'port'],
  ['PROTO', 'proto'],
  ['HELO', 'helo'],
  ['IDENT', 'ident'],
  ['SOURCE', 'source'],
])

const maxValue = 255

/** `before` with what `argument` (latin1) says in addition; undefined if it is not well formed. Postfix sends two commands for one client. */
export function readXforward(argument: string, before: Client): Client | undefined {
  const told: { -readonly [name in keyof Client]: Client[name] } = { ...before }
  const pairs = argument.split(' ').filter(text => text !== '')
  for (const pair of pairs) {
    const equals = pair.indexOf('=')
    const field = fieldOf.get(pair.slice(0, Math.max(0, equals)).toUpperCase())
    const value = decodeXtext(pair.slice(equals + 1))
    if (field === undefined || value === undefined) return undefined
    told[field] = clean(field, value)
  }
  return pairs.length === 0 ? undefined : told
}

/** RFC 3461 §4. Only printable ASCII comes out, since the values go to logs and scanners; the rest becomes `?`: a client chooses its own HELO. */
function decodeXtext(text: string): string | undefined {
  if (!/^(?:[!-*,-<>-~]|\+[0-9A-F]{2})*$/.test(text)) return undefined
  const value = text.replace(/\+(..)/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  return value.slice(0, maxValue).replace(/[^ -~]/g, '?')
}

function clean(field: keyof Client, value: string): string | undefined {
  if (value === '' || /^\[(?:UN|TEMPUN)AVAIL(?:ABLE)?\]$/i.test(value)) return undefined
  if (field !== 'address') return value
  const address = value.replace(/^IPv6:/i, '')
  return isIP(address) === 0 ? undefined : address
}
