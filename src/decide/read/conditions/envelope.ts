/** Conditions on what is known at RCPT: who writes, from where, to whom, and how much. */
import { splitDetail } from '../../../address.ts'
import { sizeText } from '../../../units.ts'
import type { Facts, PolicyAddress } from '../../facts.ts'
import { addressText, quoted } from '../../found.ts'
import { fold, globMatches } from '../../glob.ts'
import { hasHostBits, liesIn, networkOf, type Network } from '../../network.ts'
import { fits } from '../../pattern.ts'
import { about, schemaOf, taking, wordOf, type Reader } from '../reader.ts'
import { wordSchema } from '../schema.ts'
import { namePatternValue, patternValue, sizeValue } from '../values.ts'
import { allOf, anyOf, type Seen } from './any-of.ts'
import { inRange, type Possible } from './in-range.ts'

const detailValue: Reader<string> = taking(
  () => schemaOf(namePatternValue),
  (tree, findings) => {
    const text = namePatternValue(tree, findings)
    if (text?.startsWith('+') === true)
      findings.warn(
        tree.span,
        'pattern',
        'the detail is what stands behind the +, without it',
        `write ${text.slice(1) || 'shop'}`,
      )
    return text
  },
)

/** The detail of the final and the original recipient, where they have one. */
function detailsSeen({ recipient, original }: Facts, delimiters: string): Seen<string> {
  const own = splitDetail(recipient.local, delimiters).detail
  const first = original === undefined ? undefined : splitDetail(original.local, delimiters).detail
  // Most have none, and every recipient is asked.
  if (own === undefined && first === undefined) return noDetail
  return allOf([own, first].filter(detail => detail !== undefined))
}

const noDetail: Seen<string> = allOf([])

/** The final and the original recipient, each also without its detail. */
const withoutDetail = (facts: Facts, delimiters: string): readonly PolicyAddress[] =>
  recipientsOf(facts).flatMap(address => [address, { ...address, local: splitDetail(address.local, delimiters).base }])

const recipientsOf = ({ recipient, original }: Facts) => (original === undefined ? [recipient] : [recipient, original])

const networkSchema = wordSchema(
  '10.0.0.0/8, ::1',
  '(?:\\d{1,3}(?:\\.\\d{1,3}){3}|[\\da-fA-F]*:[\\da-fA-F:.]*)(?:/\\d{1,3})?',
)

const networkValue: Reader<Network & { readonly text: string }> = taking(networkSchema, (tree, findings) => {
  const text = wordOf(tree, findings, 'a network', '10.0.0.0/8')
  if (text === null) return null
  const network = networkOf(text)
  if (network === undefined)
    return findings.error(tree.span, 'wrong-value', `"${text}" is no network`, 'write 10.0.0.0/8 or ::1')
  if (hasHostBits(network))
    return findings.error(
      tree.span,
      'wrong-value',
      `"${text}" has bits set behind the first ${network.bits}`,
      'make them 0, or leave out the slash',
    )
  return { ...network, text }
})

/** The larger of declared and real size: what was declared is a floor until the message is here. */
function possibleSize({ declaredSize = 0, size }: Facts): Possible {
  if (size.state === 'pending') return { low: declaredSize, high: Infinity, otherwise: undefined }
  const larger = Math.max(declaredSize, size.state === 'known' ? size.value : 0)
  return { low: larger, high: larger, otherwise: false }
}

export const envelopeConditions = {
  sender: about(
    'the sender of the envelope',
    anyOf('sender', patternValue, {
      written: ({ text }) => text,
      seen: ({ sender }) => allOf([sender]),
      fits,
      words: addressText,
    }),
  ),
  client: about(
    'the address of the client',
    anyOf('client', networkValue, {
      written: ({ text }) => text,
      seen: ({ client }) => allOf(client === undefined ? [] : [client]),
      fits: (network, client) => liesIn(client, network),
      words: client => client,
    }),
  ),
  recipient: about(
    'the recipient, or the original one',
    anyOf('recipient', patternValue, {
      written: ({ text }) => text,
      seen: (facts, delimiters) => allOf(withoutDetail(facts, delimiters)),
      fits,
      words: addressText,
    }),
  ),
  detail: about(
    'what stands behind the +',
    anyOf('detail', detailValue, {
      written: text => text,
      seen: detailsSeen,
      fits: (pattern, detail) => globMatches(fold(pattern), fold(detail)),
      words: quoted,
    }),
  ),
  size: about(
    'the larger of declared and real size',
    inRange('size', {
      needs: ['size'],
      number: sizeValue,
      example: '5MB',
      text: sizeText,
      possible: possibleSize,
    }),
  ),
}
