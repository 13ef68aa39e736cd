/** What the header of a message says to people: the texts of its fields, the names of its authors, to whom it is addressed. */
import addressparser from 'nodemailer/lib/addressparser'
import { addressOf } from '../address.ts'
import { known } from '../decide/facts.ts'
import type { Fact, Field, PolicyAddress } from '../decide/facts.ts'
import { plainText } from '../decide/text-pattern.ts'
import type { Message } from '../transaction.ts'
import { bodiesOf, rawHeader } from './header.ts'
import { decodeWords } from './mime/header/encoded-words.ts'

/** Characters of one text; of many, each has its share of these, so that no long one hides another. */
const maxText = 8192
const maxTexts = 65_536
/** Fields of one name. */
const maxFields = 100
/** Characters of address fields that are parsed, and different addresses that are looked up. */
const maxAddressText = 32_768
const maxAddresses = 1000

/** Of a header that is too long, what its beginning says. `names` in lower case. Rejects if the spool fails. */
export async function headerTexts(message: Message, names: readonly string[]): Promise<Fact<readonly Field[]>> {
  const { fields } = await rawHeader(message)
  const bodies = new Map(names.map(name => [name, [] as string[]]))
  for (const { name, body } of fields) bodies.get(name)?.push(body)
  return known(Array.from(bodies, ([name, all]) => ({ name, texts: textsOf(all) })))
}

/** As `headerTexts`: the display names in all From fields. */
export async function authorNames(message: Message): Promise<Fact<readonly string[]>> {
  const { fields } = await rawHeader(message)
  const names = parsed(bodiesOf(fields, 'from')).map(({ name }) => name)
  return known(textsOf(names.filter(name => name !== '')))
}

/** As `headerTexts`: every address in every To and Cc field. */
export async function addressees(message: Message): Promise<Fact<readonly PolicyAddress[]>> {
  const { fields } = await rawHeader(message)
  const found = new Map<string, PolicyAddress>()
  for (const { address } of parsed([...bodiesOf(fields, 'to'), ...bodiesOf(fields, 'cc')]))
    if (address !== '' && found.size < maxAddresses) found.set(address, addressOf(address))
  return known([...found.values()])
}

/** Encoded words are decoded only when commas and angle brackets have done their duty (RFC 2047 §6.2). */
function parsed(bodies: readonly string[]): { readonly name: string; readonly address: string }[] {
  let room = maxAddressText
  return bodies.flatMap(body => {
    const text = body.slice(0, room)
    room -= text.length
    return text === '' ? [] : addressparser(text, { flatten: true })
  })
}

/** `raw` is latin1, one character per octet. */
function textsOf(raw: readonly string[]): readonly string[] {
  const looked = raw.slice(0, maxFields)
  const max = Math.min(maxText, Math.floor(maxTexts / Math.max(1, looked.length)))
  return looked.map(one => plainText(decodeWords(one.slice(0, maxTexts)).text).slice(0, max))
}
