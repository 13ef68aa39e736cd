/** Tells a recipient, and nobody else, that a message for him was kept back. */
import { encodeWords, foldLines } from 'nodemailer/lib/mime-funcs'
import { headerFields } from '../../assess/header.ts'
import type { Reason } from '../../decide/verdict.ts'
import type { Message, Recipient, Sender } from '../../transaction.ts'
import { becauseText } from '../../watch/log.ts'
import { bracketed, plain } from '../../watch/plain.ts'
import { isAscii } from '../commands.ts'
import { readable } from './readable.ts'

/** What was kept. `keep` in ms; `id` as in quarantine; `name`: our host name. */
export type Noticed = {
  readonly name: string
  readonly id: string
  readonly message: Message
  readonly sender: Sender
  readonly recipient: Recipient
  readonly reason: Reason
  readonly date: Date
  readonly keep: number
}

/** One that means the same in a header as on the wire. */
const plainAddress = /^[\w!#$%&'*+/=?^`{|}~.-]{1,128}@[\w.-]{1,255}$/

/** Nobody hears of a notice that could not be delivered (RFC 5321 §4.5.5). An address beyond ASCII needs SMTPUTF8 all the same (RFC 6531 §3.4). */
function nullSender(smtputf8: boolean): Sender {
  return { path: '', params: smtputf8 ? ['SMTPUTF8'] : [], size: undefined, body: undefined, smtputf8 }
}

/**
 * A short message (RFC 5322, RFC 3834) for `recipient`, from the null sender. What came from the kept message is cut short and encoded, in the header by
 * RFC 2047 and in the body as base64. Rejects if the spool fails.
 */
export async function noticeOf(kept: Noticed): Promise<{ readonly sender: Sender; readonly message: Message }> {
  const { id, name, date, recipient } = kept
  const subject = await field(kept.message, 'subject')
  const from = await field(kept.message, 'from')
  const header = [
    `Date: ${date.toUTCString().replace('GMT', '+0000')}`,
    `From: Mail filter <mailer-daemon@${name}>`,
    `To: ${plainAddress.test(recipient.path) ? `<${recipient.path}>` : 'undisclosed-recipients:;'}`,
    foldLines(`Subject: Kept back: ${subject === '' ? '' : encodeWords(subject, 'B', 52, true)}`, 76),
    `Message-ID: <quarantine.${id}@${name}>`,
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
  ]
  const body = Buffer.from(words(kept, from, subject)).toString('base64')
  const text = `${header.join('\r\n')}\r\n\r\n${body.replace(/.{1,76}/g, '$&\r\n')}`
  return { sender: nullSender(!isAscii(recipient.path)), message: messageOf(Buffer.from(text, 'latin1')) }
}

function words({ id, sender, reason, date, keep }: Noticed, from: string, subject: string): string {
  const until = new Date(Math.min(date.getTime() + keep, 8.64e15)).toISOString().slice(0, 10)
  return [
    'A message for you was kept back by the mail filter. It was not delivered.',
    '',
    `Sender:   ${sender.path === '' ? 'none (a report of a mail system)' : bracketed(sender.path)}`,
    `From:     ${from}`,
    `Subject:  ${subject}`,
    `Reason:   ${plain(becauseText(reason))}`,
    `Id:       ${id}`,
    '',
    `It stays in quarantine until ${until}, at the latest. Whoever runs your mail server can have it`,
    'delivered: name the id. If you do not miss it, nothing is to be done.',
    '',
  ].join('\r\n')
}

/** The first field of that name, readable; '' if there is none, or too much header to look for it. */
async function field(message: Message, name: string): Promise<string> {
  const fields = await headerFields(message, name)
  return readable(fields?.[0] ?? '')
}

function messageOf(bytes: Uint8Array): Message {
  return {
    size: bytes.length,
    eightBit: 'none',
    hops: 0,
    has: () => false,
    sizeWithout: () => bytes.length,
    pieces: () => [bytes],
    discard: () => undefined,
  }
}
