/** Facts and verdicts in the words of cases.txt and examples.txt: `sender=x@y.example score=4`, `end junk > Junk (spam: …)`. */
import assert from 'node:assert/strict'
import { addressOf } from '../../src/address.ts'
import {
  known,
  nothingLearned,
  pending,
  type Attachment,
  type AuthResult,
  type Fact,
  type Facts,
  type Field,
} from '../../src/decide/facts.ts'
import type { Abilities, Policy } from '../../src/decide/policy.ts'
import type { Rules } from '../../src/decide/rules.ts'
import { decideWithTrial } from '../../src/decide/trial.ts'
import type { Verdict } from '../../src/decide/verdict.ts'

/** The facts that are still pending at each stage; each comes in by the next one. */
const stages = {
  RCPT: nothingLearned,
  end: { structure: pending, spam: pending, virus: pending },
  parts: { spam: pending, virus: pending },
  spam: { virus: pending },
  virus: {},
} as const

/** What becomes of the recipient's mail by these rules: a verdict as `said`, or `broken: not-allowed`. */
export function outcomeBy(rules: Rules, given: Given): string {
  const found = rules.policyFor(addressOf(recipientIn(given)), undefined)
  return 'broken' in found
    ? `broken: ${found.broken.map(({ code }) => code).join()}`
    : said(factsOf(given), found.policy)
}

function recipientIn(given: Given): string {
  return given.get('to') ?? 'alice@example.org'
}

/** The verdict in words, with the first stage at which it was certain: `end junk > Junk, X-Spam-Flag: YES (senders: block y.example)`. */
export function said(late: Facts, policy: Policy): string {
  const last = decideWithTrial(late, policy)
  assert.ok(last, 'there is a verdict when all facts are known')
  const certain = Object.entries(stages).flatMap(([stage, still]) => {
    const verdict = decideWithTrial({ ...late, ...still }, policy)
    if (verdict !== undefined) assert.deepEqual(verdict, last)
    return verdict === undefined ? [] : [stage]
  })
  return `${certain[0]} ${words(last)}`
}

function words({ action, code, edits, keeping, because, shadow }: Verdict): string {
  const reply = code === undefined ? '' : ` ${[code.code, code.enhanced, code.text ?? ''].join(' ').trimEnd()}`
  const folder = edits.folder === undefined ? '' : ` > ${edits.folder}`
  const headers = edits.headers.map(({ name, text }) => `, ${name}: ${text}`).join('')
  const kept = keeping?.notice === true ? ' with a notice' : ''
  const told = shadow === undefined ? '' : ` shadow ${shadow.action} (${shadow.because.step}: ${shadow.because.words})`
  return `${action}${kept}${reply}${folder}${headers} (${because.step}: ${because.words})${told}`
}

export type Given = ReadonlyMap<string, string>

export function wordsIn(text: string): Given {
  const parts = text.trim().split(/\s+/)
  return new Map(parts.map(word => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]))
}

const now = 1_800_000_000_000

export function factsOf(given: Given): Facts {
  const sender = given.get('sender') ?? 'x@y.example'
  const original = given.get('orcpt')
  const declared = given.get('declared')
  return {
    sender: sender === '<>' ? undefined : addressOf(sender),
    client: given.get('client'),
    recipient: addressOf(recipientIn(given)),
    original: original === undefined ? undefined : addressOf(original),
    now,
    today: given.get('today') ?? '2026-11-22',
    declaredSize: declared === undefined ? undefined : Number(declared),
    size: known(Number(given.get('size') ?? 1000)),
    from: fact(given.get('header'), text => listIn(text).map(addressOf)),
    fromNames: known(listIn(given.get('names')).map(blanks)),
    to: known(listIn(given.get('cc')).map(addressOf)),
    fields: known(fieldsIn(given.get('fields'))),
    received: fact(given.get('age'), age => (age === 'none' ? undefined : now - Number(age) * 60_000)),
    auth: fact(given.get('auth'), text => listIn(text).map(authResult)),
    spam: fact(given.get('score'), score => ({ score: Number(score), symbols: listIn(given.get('symbols')) })),
    virus: fact(given.get('virus'), names => ({ found: listIn(names) })),
    structure: fact(given.get('parts'), parts => ({
      attachments: listIn(parts).map(attachment),
      ambiguous: given.has('ambiguous') ? 'two boundaries' : undefined,
      unreadable: given.has('unreadable') ? 'bad zip' : undefined,
    })),
  }
}

/** `down` and `unscannable` are unknown for these reasons. */
function fact<T>(text: string | undefined, read: (text: string) => T): Fact<T> {
  if (text === 'down' || text === 'unscannable')
    return { state: 'unknown', why: { kind: text, words: `it is ${text}` } }
  return known(read(text ?? ''))
}

function listIn(text = ''): string[] {
  return text.split(',').filter(Boolean)
}

/** `_` stands for a blank. */
function blanks(text: string): string {
  return text.replaceAll('_', ' ')
}

/** `subject:Your_invoice;x-a:1` */
function fieldsIn(text = ''): Field[] {
  const fields = new Map<string, string[]>()
  for (const field of text.split(';').filter(Boolean)) {
    const colon = field.indexOf(':')
    const name = field.slice(0, colon)
    fields.set(name, [...(fields.get(name) ?? []), blanks(field.slice(colon + 1))])
  }
  return Array.from(fields, ([name, texts]) => ({ name, texts }))
}

/** `dkim:pass:x.example` */
function authResult(text: string): AuthResult {
  const [method, result = '', domain = ''] = text.split(':')
  assert.ok(method === 'spf' || method === 'dkim' || method === 'dmarc')
  return { method, result, domain }
}

/** Names, types (with a slash), after `>` what is in it and after `#` its size: `a.zip:application/zip>b.exe#5000`; `!` in front: encrypted. */
function attachment(text: string): Attachment {
  const [all = '', size = '1000'] = text.replace(/^!/, '').split('#')
  const [own = '', ...inner] = all.split('>')
  const words = own.split(':').filter(Boolean)
  return {
    names: words.filter(word => !word.includes('/')),
    types: words.filter(word => word.includes('/')),
    inner,
    size: Number(size),
    encrypted: text.startsWith('!'),
  }
}

export function abilitiesOf(given: Given): Abilities {
  const site = listIn(given.get('site'))
  return { spam: site.includes('spam'), virus: site.includes('virus'), proof: site.includes('proof') }
}
