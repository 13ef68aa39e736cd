/** Whom a message says it is from: every address in every From field. */
import addressparser from 'nodemailer/lib/addressparser'
import { addressOf } from '../address.ts'
import { known } from '../decide/facts.ts'
import type { Fact, PolicyAddress } from '../decide/facts.ts'
import type { Message } from '../transaction.ts'
import { headerFields } from './header.ts'

/** Characters of all From fields together that are looked at: the parser's time grows faster than its input. */
const maxText = 4096
/** Different addresses that are looked up in the lists of every recipient. */
const maxAddresses = 100

/** Unknown if the header is too long to be read. Rejects if the spool fails. */
export async function fromAddresses(message: Message): Promise<Fact<readonly PolicyAddress[]>> {
  const fields = await headerFields(message, 'from')
  if (fields === undefined) return { state: 'unknown', why: { kind: 'unscannable', words: 'header too long' } }
  const addresses = new Map<string, PolicyAddress>()
  let room = maxText
  for (const field of fields) {
    const text = field.slice(0, room)
    room -= text.length
    for (const { address } of addressparser(text, { flatten: true })) {
      if (address !== '' && addresses.size < maxAddresses) addresses.set(address, addressOf(address))
    }
  }
  return known([...addresses.values()])
}
