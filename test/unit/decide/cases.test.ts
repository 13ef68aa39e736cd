/** The cases of cases.txt: what policies want, case by case, as data. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { addressOf } from '../../../src/address.ts'
import { decide } from '../../../src/decide/decide.ts'
import { known, pending, type Facts } from '../../../src/decide/facts.ts'
import { formatProblem, Source } from '../../../src/decide/problem.ts'
import { readPolicyFile } from '../../../src/decide/read/policy-file.ts'
import { merge, policyOf, saysNothing, type Policy } from '../../../src/decide/settings.ts'
import type { Verdict } from '../../../src/decide/verdict.ts'

describe('a case', () => {
  const lines = readFileSync(new URL('cases.txt', import.meta.url), 'utf8').split('\n')
  for (const [i, line] of lines.entries()) {
    if (line === '' || line.startsWith('#')) continue
    it(`in line ${i + 1}: ${line.replace(/\s+/g, ' ')}`, () => {
      const found = /^(.*?) \| (.*) \| (.*)$/.exec(line)
      assert.ok(found, 'a case has three parts')
      const [, facts = '', policy = '', expected = ''] = found
      assert.equal(said(factsOf(facts), policyOfText(policy)), expected.trim())
    })
  }
})

/** The verdict in words, with the stage at which it was certain: `end junk > Junk, X-Spam-Flag: YES (senders: block y.example)`. */
function said(late: Facts, policy: Policy): string {
  const first = decide({ ...late, size: pending, from: pending }, policy)
  const last = decide(late, policy)
  assert.ok(last, 'there is a verdict when all facts are known')
  if (first !== undefined) assert.deepEqual(first, last)
  return `${first === undefined ? 'end' : 'RCPT'} ${words(last)}`
}

function words({ action, code, edits, because }: Verdict): string {
  const reply = code === undefined ? '' : ` ${[code.code, code.enhanced, code.text ?? ''].join(' ').trimEnd()}`
  const folder = edits.folder === undefined ? '' : ` > ${edits.folder}`
  const headers = edits.headers.map(({ name, text }) => `, ${name}: ${text}`).join('')
  return `${action}${reply}${folder}${headers} (${because.step}: ${because.words})`
}

function factsOf(text: string): Facts {
  const given = new Map(
    text
      .trim()
      .split(/\s+/)
      .map(word => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
  )
  const sender = given.get('sender') ?? 'x@y.example'
  const original = given.get('orcpt')
  const declared = given.get('declared')
  return {
    sender: sender === '<>' ? undefined : addressOf(sender),
    client: given.get('client'),
    recipient: addressOf(given.get('to') ?? 'alice@example.org'),
    original: original === undefined ? undefined : addressOf(original),
    today: given.get('today') ?? '2026-11-22',
    declaredSize: declared === undefined ? undefined : Number(declared),
    size: known(Number(given.get('size') ?? 1000)),
    from: known((given.get('header') ?? '').split(',').filter(Boolean).map(addressOf)),
  }
}

function policyOfText(text: string): Policy {
  const files = text.split('||').map((part, i) => {
    const { settings, findings } = readPolicyFile(new Source(`file ${i + 1}`, `{ ${part.trim()} }`), 'domain', '+')
    assert.deepEqual(findings.problems.filter(({ severity }) => severity === 'error').map(formatProblem), [])
    return settings
  })
  return policyOf(
    files.reduceRight((farther, nearer) => merge(nearer, farther), saysNothing),
    '+',
  )
}
