/** A person's file as it is kept: small, and yet all of it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PersonFile } from '../../../src/decide/person-file.ts'
import { Source } from '../../../src/decide/problem.ts'
import { readPolicyFile, type PolicyFile } from '../../../src/decide/read/policy-file.ts'
import { saysNothing } from '../../../src/decide/settings.ts'
import { LiveTree } from '../../support/live-tree.ts'

function read(source: Source): PolicyFile {
  return readPolicyFile(source, 'person', '+')
}

function person(text: string, name = 'alice.yaml'): PersonFile {
  return new PersonFile(read(new Source(name, text)), name, read)
}

const wishes = 'spam: { junk: 4 }\nrules:\n  - { when: { detail: shop }, then: discard }\n'

describe("a person's file that is kept", () => {
  it('is the whole file, read again when it is asked for', () => {
    const [kept, fresh] = [person(wishes), read(new Source('alice.yaml', wishes))]
    assert.equal(kept.source.text, wishes)
    assert.equal(kept.source.file, 'alice.yaml')
    assert.deepEqual(kept.settings.spam, fresh.settings.spam)
    assert.deepEqual(kept.whole.settings.spam, fresh.settings.spam)
    assert.deepEqual(kept.whole.said.spam, fresh.said.spam)
    assert.deepEqual(kept.used, fresh.used)
    assert.deepEqual(kept.errors, [])
  })

  it('shares with others what it names, if they name the same, wherever it stands', () => {
    const there = person(wishes).names
    const [other] = [person(`# mine\n${wishes.replace('4', '5')}`, 'ben.yaml')]
    assert.equal(other.names, there)
    assert.equal(other.source.lineAndColumn(other.used.actions[1]?.span.start ?? 0).line, 4)
    assert.notEqual(person(wishes.replace('discard', 'junk')).names, there)
    assert.notEqual(person(wishes.replace('junk', 'quarantine')).names, there)
  })

  it('knows what is wrong with it, and says nothing then', () => {
    const text = 'size: { max: 1K }\nthn: 1\nspam: { junk: 900, reject: 4 }\n'
    const kept = person(text)
    const errors = read(new Source('alice.yaml', text)).findings.problems.filter(({ severity }) => severity === 'error')
    assert.deepEqual(kept.errors, errors)
    assert.equal(kept.settings, saysNothing)
  })
})

describe('mail for somebody whose file cannot be used', () => {
  const tree = new LiveTree({
    'example.org/_domain.yaml': 'users: { keys: [size] }\n',
    'example.org/alice.yaml': 'junk_folder: Spam\n',
    'example.org/ben.yaml': 'junk_fodler: Spam\n',
  })
  tree.parsed.splice(0)

  it('does not make the gate read it again', () => {
    for (let i = 0; i < 5; i += 1) assert.equal(tree.filesFor('ben@example.org'), 'broken')
    assert.deepEqual(tree.parsed.splice(0), ['example.org/ben.yaml'])
    for (let i = 0; i < 5; i += 1) assert.equal(tree.filesFor('alice@example.org'), 'broken')
    assert.deepEqual(tree.parsed.splice(0), ['example.org/alice.yaml'])
  })
})
