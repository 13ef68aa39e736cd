/** The facts that a decision went by, in words. Pure. */
import { notAsked } from '../../assess/assessment.ts'
import type { AuthResult, Fact, Facts, Field } from '../../decide/facts.ts'
import { addressText, listed, quoted } from '../../decide/found.ts'
import { fromProven, senderProven } from '../../decide/proof.ts'
import { scoreText } from '../../decide/words.ts'
import { sizeText } from '../../units.ts'
import { attachmentNames } from './content-words.ts'

/** Where the facts of scanners come from, and how long (ms) that took: `rspamd, 41 ms`, `as given`. */
export type Origins = { readonly spam?: string | undefined; readonly virus?: string | undefined }

/** One text for each thing that is known, or of which it is known why not. What nobody asked for is left out. */
export function factsWords(facts: Facts, origins: Origins): readonly string[] {
  const auth = facts.auth.state === 'known' ? facts.auth.value : []
  return [
    `sender ${addressText(facts.sender)}${results(auth, ['spf'])}${proven(senderProven(facts))}`,
    ...(facts.client === undefined ? [] : [`client ${facts.client}`]),
    ...(facts.original === undefined ? [] : [`meant for ${addressText(facts.original)}`]),
    ...(facts.declaredSize === undefined ? [] : [`SIZE ${sizeText(facts.declaredSize)}`]),
    ...said(facts.size, sizeText, 'size'),
    ...said(facts.from, from => fromWords(facts, from, auth), 'From'),
    ...said(
      facts.to,
      to => (to.length === 0 ? 'nobody in To and Cc' : `To ${listed(to.map(addressText), 'and')}`),
      'To',
    ),
    ...said(facts.fields, fieldsWords, 'header'),
    ...said(
      facts.received,
      at => (at === undefined ? 'no Received date' : `came ${new Date(at).toISOString()}`),
      'Received',
    ),
    ...said(
      facts.spam,
      ({ score, symbols }) => `score ${scoreText(score)}${origin(origins.spam)}${symbolWords(symbols)}`,
      'score',
    ),
    ...said(
      facts.virus,
      ({ found }) => `${found.length === 0 ? 'no virus' : `virus ${listed(found, 'and')}`}${origin(origins.virus)}`,
      'virus scan',
    ),
    ...said(facts.structure, structureWords, 'attachments'),
  ]
}

function said<T>(fact: Fact<T>, words: (value: T) => string, name: string): readonly string[] {
  switch (fact.state) {
    case 'pending':
      return []
    case 'known':
      return [words(fact.value)]
    case 'unknown':
      return fact.why.words === notAsked.why.words ? [] : [`no ${name}: ${fact.why.words} (${fact.why.kind})`]
  }
}

function fromWords(facts: Facts, from: readonly Facts['recipient'][], auth: readonly AuthResult[]): string {
  if (from.length === 0) return 'no From address'
  return `From ${listed(from.map(addressText), 'and')}${results(auth, ['dkim', 'dmarc'])}${proven(fromProven(facts))}`
}

function fieldsWords(fields: readonly Field[]): string {
  const there = fields.flatMap(({ name, texts }) => texts.slice(0, 1).map(text => `${name} ${quoted(text)}`))
  return there.length === 0
    ? `no ${listed(
        fields.map(({ name }) => name),
        'or',
      )}`
    : listed(there, 'and')
}

function results(auth: readonly AuthResult[], methods: readonly AuthResult['method'][]): string {
  return auth
    .filter(({ method }) => methods.includes(method))
    .slice(0, 5)
    .map(({ method, result, domain }) => ` ${method}=${result}${domain === '' ? '' : ` (${domain})`}`)
    .join('')
}

function proven(truth: boolean | undefined): string {
  return truth === true ? ': proven' : ''
}

function origin(words: string | undefined): string {
  return words === undefined ? '' : ` (${words})`
}

function symbolWords(symbols: readonly string[]): string {
  return symbols.length === 0 ? '' : ` ${listed(symbols, 'and')}`
}

function structureWords({
  attachments,
  ambiguous,
  unreadable,
}: Extract<Facts['structure'], { state: 'known' }>['value']): string {
  const encrypted = attachments.filter(one => one.encrypted).length
  return [
    attachments.length === 0 ? 'no attachments' : `attachments ${attachmentNames(attachments)}`,
    ...(encrypted === 0 ? [] : [`${encrypted} encrypted`]),
    ...(ambiguous === undefined ? [] : [`ambiguous: ${ambiguous}`]),
    ...(unreadable === undefined ? [] : [`unreadable: ${unreadable}`]),
  ].join(', ')
}
