/** The cases of cases.txt: what policies want, case by case, as data. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { addressOf } from '../../../src/address.ts'
import {
  known,
  nothingLearned,
  pending,
  type Attachment,
  type AuthResult,
  type Fact,
  type Facts,
  type Field,
} from '../../../src/decide/facts.ts'
import { merge } from '../../../src/decide/merge.ts'
import { policyOf, type Abilities, type Policy } from '../../../src/decide/policy.ts'
import { formatProblem, Source } from '../../../src/decide/problem.ts'
import { readPolicyFile } from '../../../src/decide/read/policy-file.ts'
import { saysNothing } from '../../../src/decide/settings.ts'
import { decideWithTrial } from '../../../src/decide/trial.ts'
import type { Verdict } from '../../../src/decide/verdict.ts'

describe('a case', () => {
  const lines = readFileSync(new URL('cases.txt', import.meta.url), 'utf8').split('\n')
  for (const [i, line] of lines.entries()) {
    if (line === '' || line.startsWith('#')) continue
    it(`in line ${i + 1}: ${line.replace(/\s+/g, ' ')}`, () => {
      const found = /^(.*?) \| (.*) \| (.*)$/.exec(line)
      assert.ok(found, 'a case has three parts')
      const [, facts = '', policy = '', expected = ''] = found
      const given = wordsIn(facts)
      assert.equal(said(factsOf(given), policyOfText(policy, abilitiesOf(given))), expected.trim())
    })
  }
})

/** The facts that are still pending at each stage; each comes in by the next one. */
const stages = {
  RCPT: nothingLearned,
  end: { structure: pending, spam: pending, virus: pending },
  parts: { spam: pending, virus: pending },
  spam: { virus: pending },
  virus: {},
} as const

/** The verdict in words, with the first stage at which it was certain: `end junk > Junk, X-Spam-Flag: YES (senders: block y.example)`. */
function said(late: Facts, policy: Policy): string {
  const last = decideWithTrial(late, policy)
  assert.ok(last, 'there is a verdict when all facts are known')
  const certain = Object.entries(stages).flatMap(([stage, still]) => {
    const verdict = decideWithTrial({ ...late, ...still }, policy)
    if (verdict !== undefined) assert.deepEqual(verdict, last)
    return verdict === undefined ? [] : [stage]
  })
  return `${certain[0]} ${words(last)}`
}

function words({ action, code, edits, because, shadow }: Verdict): string {
  const reply = code === undefined ? '' : ` ${[code.code, code.enhanced, code.text ?? ''].join(' ').trimEnd()}`
  const folder = edits.folder === undefined ? '' : ` > ${edits.folder}`
  const headers = edits.headers.map(({ name, text }) => `, ${name}: ${text}`).join('')
  const told = shadow === undefined ? '' : ` shadow ${shadow.action} (${shadow.because.step}: ${shadow.because.words})`
  return `${action}${reply}${folder}${headers} (${because.step}: ${because.words})${told}`
}

type Given = ReadonlyMap<string, string>

function wordsIn(text: string): Given {
  const parts = text.trim().split(/\s+/)
  return new Map(parts.map(word => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]))
}

const now = 1_800_000_000_000

function factsOf(given: Given): Facts {
  const sender = given.get('sender') ?? 'x@y.example'
  const original = given.get('orcpt')
  const declared = given.get('declared')
  return {
    sender: sender === '<>' ? undefined : addressOf(sender),
    client: given.get('client'),
    recipient: addressOf(given.get('to') ?? 'alice@example.org'),
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

function abilitiesOf(given: Given): Abilities {
  const site = listIn(given.get('site'))
  return { spam: site.includes('spam'), virus: site.includes('virus'), proof: site.includes('proof') }
}

function policyOfText(text: string, abilities: Abilities): Policy {
  const files = text.split('||').map((part, i) => {
    const { settings, findings } = readPolicyFile(new Source(`file ${i + 1}`, `{ ${part.trim()} }`), 'domain', '+')
    assert.deepEqual(findings.problems.filter(({ severity }) => severity === 'error').map(formatProblem), [])
    return settings
  })
  return policyOf(
    files.reduceRight((farther, nearer) => merge(nearer, farther), saysNothing),
    '+',
    abilities,
  )
}
