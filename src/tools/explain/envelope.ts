/** Whom a message is from and for: what the command line says, else what a delivered message has in its header. */
import { isIP } from 'node:net'
import { headerFields } from '../../assess/header.ts'
import type { Client, Message, Recipient, Sender } from '../../transaction.ts'

/** Paths as on the wire; `from` '' is the null sender. `original`: before aliases. */
export type Envelope = {
  readonly from: string
  readonly to: readonly { readonly path: string; readonly original: string | undefined }[]
}

/** As on the command line: characters, not octets; `<>` is the null sender. */
export type EnvelopeOptions = { readonly from?: string; readonly to?: readonly string[]; readonly orcpt?: string }

/**
 * Sender: `from`, else Return-Path, else the null sender. Recipients: `to`, else the topmost Delivered-To, which knows the address that the mail
 * was delivered to, with X-Original-To as the original recipient. A sentence if there is none. Rejects if the message cannot be read.
 */
export async function envelopeOf(options: EnvelopeOptions, message: Message | undefined): Promise<Envelope | string> {
  const field = async (name: string): Promise<string | undefined> => {
    const bodies = message === undefined ? undefined : await headerFields(message, name)
    return bodies?.[0] === undefined ? undefined : bare(bodies[0])
  }
  const from = options.from === undefined ? await field('Return-Path') : wirePath(options.from)
  const original = options.orcpt === undefined ? await field('X-Original-To') : wirePath(options.orcpt)
  const delivered = await field('Delivered-To')
  const told = options.to?.map(wirePath)
  const to = told ?? [delivered ?? original].filter(path => path !== undefined)
  if (to.length === 0 || to.includes('')) return 'no recipient: say --to, the message has no Delivered-To'
  const before = told === undefined || options.orcpt !== undefined ? original : undefined
  return { from: from ?? '', to: to.map(path => ({ path, original: before === path ? undefined : before })) }
}

/** As if it came in a transaction; `size` as declared. */
export function transactionOf(
  { from, to }: Envelope,
  size: number | undefined,
): { readonly sender: Sender; readonly recipients: readonly Recipient[] } {
  const smtputf8 = [from, ...to.map(({ path }) => path)].some(path => /[^\x00-\x7f]/.test(path))
  const sender: Sender = { path: from, params: [], size, body: undefined, smtputf8 }
  const recipients = to.map(({ path, original }): Recipient => ({
    path,
    params: original === undefined ? [] : [orcpt(original)],
  }))
  return { sender, recipients }
}

/** As Postfix tells it, or the address alone. */
function orcpt(original: string): string {
  return /^(?:rfc822|utf-8);/i.test(original) ? `ORCPT=${original}` : `ORCPT=utf-8;${original}`
}

/** `--client`: a client of which nothing else is known. A sentence if that is no address. */
export function clientOf(address: string | undefined): Client | undefined | string {
  if (address === undefined) return undefined
  if (isIP(address) === 0) return `--client: "${address}" is no address: write 192.0.2.7 or 2001:db8::7`
  const unsaid = { name: undefined, port: undefined, proto: undefined, helo: undefined, ident: undefined }
  return { ...unsaid, address, source: undefined }
}

/** Without blanks and angle brackets around it. */
function bare(text: string): string {
  const inner = text.trim()
  return /^<(.*)>$/.exec(inner)?.[1] ?? inner
}

/** An address as people write it: on the wire it has one character per octet. */
export function wirePath(text: string): string {
  return bare(Buffer.from(text).toString('latin1'))
}
