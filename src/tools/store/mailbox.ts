/** Where the mail of an address lies in the store: never outside its folder, and never in another address's mailbox. */
import type { PolicyAddress } from '../../decide/facts.ts'

/** Path segments below the store's folder: domain, local part and, for a detail, a Maildir++ folder (`.Junk`). */
export type Mailbox = readonly string[]

/** Longer names would not fit a file system. */
const longest = 200

/** Undefined if the address is too long for a mailbox. Case and `INBOX` are folded as Dovecot does it. */
export function mailboxOf(address: PolicyAddress, detail: string | undefined): Mailbox | undefined {
  // A lone % is what no encoded name can be.
  const domain = address.domain === '' ? '%' : encoded(address.domain, /[a-z0-9_.-]/)
  const user = encoded(address.local.toLowerCase(), /[a-z0-9_.+=-]/)
  const folders =
    detail === undefined || detail === '' || /^inbox$/i.test(detail) ? [] : [`.${encoded(detail, /[A-Za-z0-9_ -]/)}`]
  const mailbox = [domain, user, ...folders]
  return mailbox.some(segment => segment === '' || segment.length > longest) ? undefined : mailbox
}

/** Injective: every octet but those kept becomes `%xx`; a leading dot does too, so that no name is hidden, `.` or `..`. */
function encoded(text: string, kept: RegExp): string {
  let name = ''
  for (const octet of Buffer.from(text)) {
    const char = String.fromCharCode(octet)
    const keeps = octet < 128 && kept.test(char) && !(name === '' && char === '.')
    name += keeps ? char : `%${octet.toString(16).padStart(2, '0')}`
  }
  return name
}
