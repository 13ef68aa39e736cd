/** The commands of a transaction as they go to the next hop: addresses exactly as they came, parameters only where it offered them. */
import type { Recipient, Sender } from '../transaction.ts'
import type { Capabilities } from './capabilities.ts'
import type { Outcome } from './outcome.ts'

type Offered = (capabilities: Capabilities) => boolean

const mailParameters: ReadonlyMap<string, Offered> = new Map<string, Offered>([
  ['SIZE', capabilities => capabilities.size !== undefined],
  ['BODY', capabilities => capabilities.eightBitMime],
  ['SMTPUTF8', capabilities => capabilities.smtputf8],
  ['RET', capabilities => capabilities.dsn],
  ['ENVID', capabilities => capabilities.dsn],
])

const rcptParameters: ReadonlyMap<string, Offered> = new Map<string, Offered>([
  ['NOTIFY', capabilities => capabilities.dsn],
  ['ORCPT', capabilities => capabilities.dsn],
])

/** With CRLF. A parameter that was not offered costs the whole transaction (555), so it stays behind. */
export function mailCommand(sender: Sender, capabilities: Capabilities): string {
  return `MAIL FROM:<${sender.path}>${parameters(sender.params, mailParameters, capabilities)}\r\n`
}

export function rcptCommand(recipient: Recipient, path: string, capabilities: Capabilities): string {
  return `RCPT TO:<${path}>${parameters(recipient.params, rcptParameters, capabilities)}\r\n`
}

/** Why the next hop cannot be told of this recipient at all: nothing may end a command line early, and addresses beyond ASCII need SMTPUTF8. */
export function hindrance(
  sender: Sender,
  recipient: Recipient,
  path: string,
  capabilities: Capabilities,
): Outcome | undefined {
  if (hasControl(sender.path, sender.params) || hasControl(path, recipient.params))
    return { kind: 'ours', cause: 'control character in an address' }
  if (capabilities.smtputf8 || !sender.smtputf8) return undefined
  return isAscii(path) && isAscii(sender.path) ? undefined : { kind: 'cannot', why: 'smtputf8' }
}

/** `path` has one character per octet. */
export function isAscii(path: string): boolean {
  return !/[\x80-\xff]/.test(path)
}

function hasControl(path: string, params: readonly string[]): boolean {
  return control.test(path) || params.some(param => control.test(param))
}

const control = /[\x00-\x1f\x7f]/

function parameters(given: readonly string[], known: ReadonlyMap<string, Offered>, capabilities: Capabilities): string {
  let text = ''
  for (const parameter of given) {
    const [keyword = ''] = parameter.split('=', 1)
    if (known.get(keyword.toUpperCase())?.(capabilities) === true) text += ` ${parameter}`
  }
  return text
}
