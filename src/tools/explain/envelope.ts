/** Whom a message is from and for: what the command line says, else what a delivered message has in its header. */
import { headerFields } from '../../assess/header.ts'
import type { Message } from '../../transaction.ts'

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

/** Without blanks and angle brackets around it. */
function bare(text: string): string {
  const inner = text.trim()
  return /^<(.*)>$/.exec(inner)?.[1] ?? inner
}

/** An address as people write it: on the wire it has one character per octet. */
export function wirePath(text: string): string {
  return bare(Buffer.from(text).toString('latin1'))
}
