/** The header bytes that precede a delivered copy: the trace field and what policy adds (RFC 5321 §4.4, RFC 3848). */
import { encodeWords, foldLines } from 'nodemailer/lib/mime-funcs'
import type { Peer, Transaction } from '../transaction.ts'

export type Trace = {
  /** Our host name. */
  readonly by: string
  readonly peer: Peer
  readonly id: string
  /** Only where the copy has a single recipient: nobody learns of another (path as on the wire). */
  readonly forPath: string | undefined
  readonly date: Date
}

/** For a copy of this transaction's message, or for what is sent because of it, by the host `by`. */
export function traceOf({ id, peer, begun }: Transaction, by: string, forPath: string | undefined): Trace {
  return { by, peer, id, forPath, date: begun }
}

/** `headers`: names checked by the policy files, texts of any characters. */
export function headerPrefix(
  trace: Trace,
  headers: readonly { readonly name: string; readonly text: string }[],
): Buffer {
  const added = headers.map(
    ({ name, text }) => `${foldLines(`${name}: ${encodeWords(oneLine(text), 'B', 52)}`, 76)}\r\n`,
  )
  return Buffer.from(received(trace) + added.join(''), 'latin1')
}

function received({ by, peer, id, forPath, date }: Trace): string {
  const address = peer.address === undefined ? '' : ` ([${addressLiteral(peer.address)}])`
  const recipient = forPath !== undefined && /^[!-~]{1,200}$/.test(forPath) ? `\r\n\tfor <${forPath}>` : ''
  return `Received: from ${token(peer.name)}${address}\r\n\tby ${token(by)} with LMTP id ${id}${recipient};\r\n\t${rfc5322Date(date)}\r\n`
}

/** RFC 5321 §4.1.3. */
function addressLiteral(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  return plain.includes(':') ? `IPv6:${plain}` : plain
}

/** What the client calls itself is its own choice: only what may stand in a domain or an address literal is repeated. */
function token(name: string): string {
  const clean = name.replace(/[^A-Za-z0-9.:[\]_-]/g, '?').slice(0, 255)
  return clean === '' ? 'unknown' : clean
}

function oneLine(text: string): string {
  return text.replace(/[\0-\x1f\x7f]+/g, ' ')
}

let second = -1
let text = ''

/** RFC 5322 §3.3, in UTC; made anew only when the second changes. */
function rfc5322Date(date: Date): string {
  const now = Math.floor(date.getTime() / 1000)
  if (now !== second) {
    second = now
    text = date.toUTCString().replace('GMT', '+0000')
  }
  return text
}
