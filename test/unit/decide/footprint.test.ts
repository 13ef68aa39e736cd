/** Whether a policy file takes about as much memory as it is said to take. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { merge } from '../../../src/decide/merge.ts'
import { PersonFile } from '../../../src/decide/person-file.ts'
import { policyOf } from '../../../src/decide/policy-of.ts'
import type { Abilities, Made } from '../../../src/decide/policy.ts'
import { Source } from '../../../src/decide/problem.ts'
import { readPolicyFile, type PolicyFile } from '../../../src/decide/read/policy-file.ts'
import { saysNothing } from '../../../src/decide/settings.ts'

const able: Abilities = { spam: true, virus: true, proof: true }
const shared: Made = { settings: saysNothing, policy: policyOf(saysNothing, '+', able) }

function read(source: Source): PolicyFile {
  return readPolicyFile(source, 'person', '+')
}

/** As the gate keeps it. */
function kept(text: string, name: string): PersonFile {
  const file = new PersonFile(read(new Source(name, text)), `${name} 1:2:3`, read)
  file.remember(shared, policyOf(merge(file.settings, shared.settings), '+', able, shared))
  return file
}

let collect: () => void

before(() => {
  setFlagsFromString('--expose-gc')
  collect = runInNewContext('gc') as () => void
})

after(() => setFlagsFromString('--no-expose-gc'))

function heap(): number {
  collect()
  collect()
  return process.memoryUsage().heapUsed
}

/** As much of a kind as is said to take this is far more than what else comes and goes on the heap. */
const octets = 3_000_000

/** What files of this kind take, by what they are said to take. */
function ratio(text: (number: number) => string): number {
  const count = Math.ceil(octets / kept(text(0), 'rules/x.example/p0.yaml').footprint)
  const some = (from: number) =>
    Array.from({ length: count }, (_, i) => kept(text(from + i), `rules/x.example/p${from + i}.yaml`))
  // Code and shapes of objects are there from now on.
  some(0)
  const without = heap()
  const files = some(count)
  const taken = heap() - without
  return taken / files.reduce((sum, { footprint }) => sum + footprint, 0)
}

const list = (length: number, entry: (number: number) => string) => Array.from({ length }, (_, i) => entry(i)).join()

describe('what a policy file takes', () => {
  const kinds: readonly (readonly [string, (number: number) => string])[] = [
    ['that is empty', () => ''],
    ['with one threshold', i => `spam: { junk: ${i % 9} }\n`],
    ['with comments', i => `# ${'word '.repeat(300)}${i}\nspam: { junk: 4 }\n`],
    [
      'with two rules',
      i => `size: { max: ${i}MB }
rules:
  - { name: "sold to ${i}", when: { detail: "shop${i}" }, then: reject, text: "5.1.1 This address is no longer used" }
  - { when: { sender: [offers${i}.test, "*.top"] }, then: junk }
`,
    ],
    ['with a few senders', i => `senders: { allow: [a${i}.test], block: [b@x${i}.test, "*.top"] }\n`],
    ['with a thousand senders', i => `senders: { block: [${list(1000, j => `a${j}@shop${i}.test`)}] }\n`],
    ['with a thousand attachments', () => `attachments: { block: [${list(1000, j => `"*.x${j}"`)}] }\n`],
    ['with a hundred rules', i => `rules: [${list(100, j => `{ when: { detail: d${i}.${j} }, then: junk }`)}]\n`],
    ['with texts', i => `rules: [{ when: { subject: [${list(1000, j => `text ${i} ${j}`)}] }, then: junk }]\n`],
    ['that is wrong', i => list(20, j => `\nk${i}-${j}: 1`).replaceAll(',', '')],
  ]
  for (const [kind, text] of kinds)
    it(`${kind} is what it is said to take`, () => {
      const found = ratio(text)
      assert.ok(found > 0.15 && found < 1.6, `it takes ${found.toFixed(2)} times of that`)
    })

  it('with an expression has what that may remember', () => {
    const text = (pattern: string) => `rules: [{ when: { subject: ${pattern} }, then: junk }]`
    assert.ok(kept(text("'/a|b/'"), 'a').footprint - kept(text('"a|b"'), 'b').footprint > 65_536)
  })
})
