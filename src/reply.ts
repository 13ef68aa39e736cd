/** Replies as data (RFC 5321 §4.2), their enhanced status codes (RFC 2034, RFC 3463) and the way they are written. */

/** `lines` are texts without code and enhanced code, at least one. `enhanced` is missing in the greeting, LHLO and 354 (RFC 2034 §4). */
export type Reply = { readonly code: number; readonly enhanced: string | undefined; readonly lines: readonly string[] }

export type ReplyClass = 'positive' | 'intermediate' | 'transient' | 'permanent'

/** `code` must be 200 to 599. */
export function replyClass(reply: Reply): ReplyClass {
  if (reply.code < 300) return 'positive'
  if (reply.code < 400) return 'intermediate'
  return reply.code < 500 ? 'transient' : 'permanent'
}

/** One line of text behind a code whose enhanced status code has the same class: `reply(550, '5.7.1', 'No')`. */
export function reply(code: number, enhanced: string | undefined, ...lines: readonly string[]): Reply {
  return { code, enhanced, lines: lines.length === 0 ? [''] : lines }
}

const enhancedCode = /^([245]\.\d{1,3}\.\d{1,3})(?: |$)/

/**
 * The reply that a server gave as `code` and the texts behind it. An enhanced code that all lines share and whose class fits is taken off
 * the texts; any other stays text and the reply gets the general code of its class, since a client would ignore it (Postfix does).
 */
export function receivedReply(code: number, texts: readonly string[]): Reply {
  const found = enhancedCode.exec(texts[0] ?? '')?.[1]
  if (found !== undefined && Number(found.charAt(0)) === Math.floor(code / 100)) {
    const lines = texts.map(text => (text.startsWith(found) ? text.slice(found.length + 1) : text))
    return { code, enhanced: found, lines }
  }
  const general = code >= 300 && code < 400 ? undefined : `${Math.floor(code / 100)}.0.0`
  return { code, enhanced: general, lines: texts.length === 0 ? [''] : texts }
}

/** RFC 5321 §4.5.3.1.5: a reply line has at most 512 octets, CRLF included. */
const maxLine = 512
const unprintable = /[^\x20-\x7e]/g
const printable = /^[\x20-\x7e]*$/

/** What is said again and again, as it goes out. */
const wires = new WeakMap<Reply, string>()

/** The same reply, written down beforehand. */
export function prepared(reply: Reply): Reply {
  wires.set(reply, octetsOf(reply))
  return reply
}

let formatted: Reply | undefined
let wire = ''

/** Octets for the wire. Control and 8-bit characters become `?`, longer texts go on in a further line of the same reply. */
export function formatReply(reply: Reply): string {
  // In a batch of commands it is the same reply of the next hop again and again.
  if (reply === formatted) return wire
  formatted = reply
  wire = wires.get(reply) ?? octetsOf(reply)
  return wire
}

function octetsOf(reply: Reply): string {
  const prefix = reply.enhanced === undefined ? '' : `${reply.enhanced} `
  const room = maxLine - 2 - 4 - prefix.length
  const fits = reply.lines.every(line => line.length <= room && printable.test(line))
  const texts = fits ? reply.lines : reply.lines.flatMap(line => fold(line.replace(unprintable, '?'), room))
  const last = texts.length - 1
  let out = ''
  for (let i = 0; i <= last; i += 1) out += `${reply.code}${i === last ? ' ' : '-'}${prefix}${texts[i] ?? ''}\r\n`
  return out
}

function fold(text: string, room: number): string[] {
  if (text.length <= room) return [text]
  const parts: string[] = []
  for (let at = 0; at < text.length; at += room) parts.push(text.slice(at, at + room))
  return parts
}

/** A reply is ASCII (RFC 5321 §4.2): letters lose their accents, signs become plain ones; whatever is left then has no such form. */
export function withoutAccents(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x00-\x7f]/gu, letter => plainForms.get(letter) ?? letter)
}

const plainForms: ReadonlyMap<string, string> = new Map([
  ...Object.entries({ ß: 'ss', Æ: 'AE', æ: 'ae', Ø: 'O', ø: 'o', Ł: 'L', ł: 'l', Đ: 'D', đ: 'd' }),
  ...Object.entries({ '\u2013': '-', '\u2014': '-', '\u2018': "'", '\u2019': "'", '\u201a': "'" }),
  ...Object.entries({ '\u201c': '"', '\u201d': '"', '\u201e': '"', '\u00ab': '"', '\u00bb': '"' }),
])

/** The reply as one line for a log: `550 5.1.1 <x@y> unknown; see there`. Printable ASCII, at most `max` characters. */
export function replyText(reply: Reply, max = 300): string {
  const enhanced = reply.enhanced === undefined ? '' : `${reply.enhanced} `
  const text = `${reply.code} ${enhanced}${reply.lines.length === 1 ? reply.lines[0] : reply.lines.join(' ')}`
  return (printable.test(text) ? text : text.replace(unprintable, '?')).trimEnd().slice(0, max)
}
