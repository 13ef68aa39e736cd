/** The mailbox at the next hop that takes the place of the disk (`quarantine.mailbox`). Pure. */
import { addressOf, splitDetail } from '../../address.ts'

/**
 * The path of the mailbox for what was sent to `path`: in `pattern` (`quarantine+{local}@example.org`) `{local}` and `{domain}` stand for the recipient's
 * own, folded and without detail. One character per octet, quoted where it must be, so that whatever stands in a recipient's address stays in the local part.
 */
export function mailboxPath(pattern: string, path: string, delimiters: string): string {
  const { local, domain } = addressOf(path)
  const { base } = splitDetail(local, delimiters)
  const at = pattern.lastIndexOf('@')
  const wanted = at < 0 ? pattern : pattern.slice(0, at)
  const filled = wanted.replace(/\{(local|domain)\}/g, (_, which) => (which === 'local' ? base.toLowerCase() : domain))
  const octets = Buffer.from(filled).toString('latin1')
  return `${dotAtom.test(octets) ? octets : quoted(octets)}${at < 0 ? '' : pattern.slice(at)}`
}

/** RFC 5321 §4.1.2, with octets beyond ASCII (RFC 6531 §3.3). */
const dotAtom = /^[\w!#$%&'*+/=?^`{|}~\x80-\xff-]+(?:\.[\w!#$%&'*+/=?^`{|}~\x80-\xff-]+)*$/

function quoted(octets: string): string {
  return `"${octets.replace(/[\x00-\x1f\x7f]/g, '?').replace(/["\\]/g, '\\$&')}"`
}
