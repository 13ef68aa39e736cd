/** What trusted hosts found out about SPF, DKIM and DMARC, from their Authentication-Results fields (RFC 8601). */
import { domainOf } from '../address.ts'
import { known } from '../decide/facts.ts'
import type { AuthResult, Fact } from '../decide/facts.ts'
import type { Message } from '../transaction.ts'
import { readAuthResults } from './auth-results-field.ts'
import { headerFields } from './header.ts'

/** Fields that are looked at, counted from the top, where one's own hosts write. */
const maxFields = 50

/** `trusted`: authserv-ids, any case. Other hosts' fields count for nothing. Unknown if the header is too long. Rejects if the spool fails. */
export async function authResults(message: Message, trusted: readonly string[]): Promise<Fact<readonly AuthResult[]>> {
  if (trusted.length === 0) return known([])
  const fields = await headerFields(message, 'Authentication-Results')
  if (fields === undefined) return { state: 'unknown', why: { kind: 'unscannable', words: 'header too long' } }
  const hosts = new Set(trusted.map(domainOf))
  const read = fields.slice(0, maxFields).map(readAuthResults)
  return known(read.flatMap(field => (field !== undefined && hosts.has(domainOf(field.host)) ? field.results : [])))
}
