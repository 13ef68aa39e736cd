/** Addresses as paths on the wire (latin1, one char per octet) and as the policy sees them (RFC 5321 §4.1.2). */
import type { PolicyAddress } from './decide/facts.ts'
import { fold } from './decide/glob.ts'

/**
 * Reads the path of MAIL or RCPT: source route and quotes are taken off, octets that are UTF-8 become characters, the domain comes in
 * lower case and A-labels. Without a domain it is ''. Never throws: what makes no sense stays as it is.
 */
export function addressOf(path: string): PolicyAddress {
  const plain = plainPath.exec(path)
  if (plain?.[1] !== undefined && plain[2] !== undefined) return { local: plain[1], domain: plain[2] }
  const { local, quoted, domain } = split(path)
  return { local: decodeUtf8(quoted ? unquote(local) : local), domain: domainOf(decodeUtf8(domain)) }
}

/** An address as people write it in a policy file: characters, not octets. The local part may be quoted. */
export function writtenAddress(text: string): PolicyAddress {
  const { local, quoted, domain } = split(text)
  return { local: quoted ? unquote(local) : local, domain: domainOf(domain) }
}

/** The address that ORCPT= names (RFC 3461 §4.2, RFC 6533 §3), if its type is one of mail and it has one. */
export function originalRecipient(params: readonly string[]): PolicyAddress | undefined {
  for (const param of params) {
    const found = /^orcpt=(rfc822|utf-8);(.+)$/is.exec(param)
    if (found?.[1] === undefined || found[2] === undefined) continue
    return addressOf(found[1].toLowerCase() === 'rfc822' ? unxtext(found[2]) : unitext(found[2]))
  }
  return undefined
}

/**
 * The same mailbox with another detail: `alice+x@d` and `Junk` make `alice+Junk@d`. The detail is put in as UTF-8 octets, the local part
 * quoted if it was so or now needs to be. Without delimiters there is no detail, and the path stays as it is.
 */
export function withDetail(path: string, detail: string, delimiters: string): string {
  if (delimiters === '') return path
  const { route, local, quoted, domain } = split(path)
  const plain = quoted ? unquote(local) : local
  const { base, detail: old } = splitDetail(plain, delimiters)
  const delimiter = old === undefined ? delimiters.slice(0, 1) : plain.charAt(base.length)
  const octets = encodeUtf8(detail)
  const renamed = `${base}${delimiter}${octets}`
  const at = domain === '' ? '' : `@${domain}`
  return `${route}${quoted || !dotAtom.test(octets) ? quote(renamed) : renamed}${at}`
}

/**
 * Local part without and with its detail, split at the first delimiter as Postfix does: not before the first character, not in reserved
 * names, and `owner-x` and `x-request` stay whole where `-` is a delimiter.
 */
export function splitDetail(local: string, delimiters: string): { base: string; detail: string | undefined } {
  let at = -1
  for (const delimiter of delimiters) {
    const here = local.indexOf(delimiter)
    if (here >= 0 && (at < 0 || here < at)) at = here
  }
  if (at <= 0 || isWhole(local, delimiters)) return { base: local, detail: undefined }
  return { base: local.slice(0, at), detail: local.slice(at + 1) }
}

function isWhole(local: string, delimiters: string): boolean {
  if (/^(?:postmaster|mailer-daemon|double-bounce)$/i.test(local)) return true
  return delimiters.includes('-') && /^owner-|.-request$/i.test(local)
}

/** A domain in lower case and A-labels, without a dot at its end; what is no host name is folded as it is. */
export function domainOf(text: string): string {
  const lower = fold(text).replace(/(?<=.)\.$/, '')
  // Only such names are shown to URL, which would read other characters as a port, a path or a number.
  if (ascii.test(lower) || /[^a-z0-9.\-\x80-\u{10ffff}]/u.test(lower)) return lower
  return URL.canParse(`http://${lower}`) ? new URL(`http://${lower}`).hostname : lower
}

/** What nearly every address looks like: nothing about it needs to be changed. */
const plainPath = /^([\w!#$%&'*+/=?^`{|}~.-]+)@((?:[a-z0-9_-]+\.)*[a-z0-9_-]+)$/

type Parts = { readonly route: string; readonly local: string; readonly quoted: boolean; readonly domain: string }

function split(path: string): Parts {
  const route = /^@[^:]*:/.exec(path)?.[0] ?? ''
  const rest = path.slice(route.length)
  const quoted = /^"(?:[^"\\]|\\.)*"(?=@|$)/s.exec(rest)?.[0]
  if (quoted !== undefined) return { route, local: quoted, quoted: true, domain: rest.slice(quoted.length + 1) }
  const at = rest.lastIndexOf('@')
  if (at < 0) return { route, local: rest, quoted: false, domain: '' }
  return { route, local: rest.slice(0, at), quoted: false, domain: rest.slice(at + 1) }
}

const ascii = /^[\x00-\x7f]*$/

/** A detail that can stand unquoted after `local+`: atoms and single dots, none at the end. */
const dotAtom = /^[\w!#$%&'*+/=?^`{|}~\x80-\xff-]+(?:\.[\w!#$%&'*+/=?^`{|}~\x80-\xff-]+)*$/

function unquote(local: string): string {
  return local.slice(1, -1).replace(/\\(.)/gs, '$1')
}

function quote(local: string): string {
  return `"${local.replace(/["\\]/g, '\\$&')}"`
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeUtf8(octets: string): string {
  if (ascii.test(octets)) return octets
  try {
    return utf8.decode(Uint8Array.from(octets, char => char.charCodeAt(0)))
  } catch {
    return octets
  }
}

function encodeUtf8(text: string): string {
  if (ascii.test(text)) return text
  return Array.from(new TextEncoder().encode(text), octet => String.fromCharCode(octet)).join('')
}

function unxtext(text: string): string {
  return text.replace(/\+([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
}

/** RFC 6533 §3: `\x{e9}` names a code point. */
function unitext(text: string): string {
  return text.replace(/\\x\{([0-9A-F]{1,6})\}/gi, (whole, hex: string) => {
    const point = parseInt(hex, 16)
    return point > 0x10ffff ? whole : encodeUtf8(String.fromCodePoint(point))
  })
}
