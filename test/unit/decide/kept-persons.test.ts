/** How many persons' files are kept: as many as fit into their share of the memory, the ones used last. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { getHeapStatistics } from 'node:v8'
import { roomForPersons } from '../../../src/decide/policy-files.ts'
import { Source } from '../../../src/decide/problem.ts'
import { readPolicyFile } from '../../../src/decide/read/policy-file.ts'
import { LiveTree, naming } from '../../support/live-tree.ts'

/** What `naming('alice')` takes. */
const one = readPolicyFile(new Source('rules/example.org/alice.yaml', naming('alice')), 'person', '+').footprint

const names = ['alice', 'ben', 'carol', 'dave', 'eve']
const to = (name: string) => `${name}@example.org`
const fileOf = (name: string) => `example.org/${name}.yaml`

/** A gate with room for so many of the files. */
function treeWith(count: number, more: Readonly<Record<string, string>> = {}): LiveTree {
  const persons = Object.fromEntries(names.map(name => [fileOf(name), naming(name)]))
  const tree = new LiveTree({ 'default.yaml': naming('site'), ...persons, ...more }, { room: count * one + 100 })
  tree.parsed.splice(0)
  return tree
}

/** Mail for all of them; whose files were read. */
function use(tree: LiveTree, ...persons: readonly string[]): readonly string[] {
  for (const name of persons) assert.equal(tree.filesFor(to(name)), `${name} < site`)
  return tree.parsed.splice(0).map(path => path.replace(/^.*\/|\.yaml$/g, ''))
}

describe("the room for persons' files", () => {
  it('is a quarter of what Node may use', () => {
    assert.equal(roomForPersons(), getHeapStatistics().heap_size_limit / 4)
  })

  it('keeps all that fit', () => {
    const tree = treeWith(5)
    assert.deepEqual(use(tree, ...names), names)
    assert.deepEqual(use(tree, ...names, ...names.toReversed()), [])
    assert.equal(tree.rules.policies.entries, 5 + 1)
  })

  it('keeps the ones used last, however they were found', () => {
    const tree = treeWith(3)
    use(tree, 'alice', 'ben', 'carol', 'alice')
    assert.deepEqual(use(tree, 'dave'), ['dave'])
    assert.deepEqual(use(tree, 'alice', 'carol', 'dave'), [])
    assert.deepEqual(use(tree, 'ben'), ['ben'])
    assert.deepEqual(use(tree, 'alice'), ['alice'])
    assert.equal(tree.rules.policies.entries, 3 + 1)
  })

  it('goes by what a file takes, not by how many there are', () => {
    const list = Array.from({ length: 4 }, (_, i) => `a${i}.example`).join()
    const large = naming('eve', `senders: { block: [${list}] }`)
    const tree = treeWith(3, { [fileOf('eve')]: large })
    use(tree, 'alice', 'ben')
    assert.deepEqual(use(tree, 'eve', 'eve', 'ben'), ['eve'])
    assert.deepEqual(use(tree, 'alice'), ['alice'])
  })

  it('may be too small for one file, which then is read each time', () => {
    const tree = treeWith(0.5)
    assert.deepEqual(use(tree, 'alice', 'alice'), ['alice', 'alice'])
  })
})

describe('a file for which there was no room any more', () => {
  it('is read again, and says the same', () => {
    const tree = treeWith(1)
    const before = tree.policyFor(to('alice'))
    use(tree, 'ben')
    assert.deepEqual(tree.policyFor(to('alice')), before)
    assert.deepEqual(use(tree, 'alice'), ['alice'])
  })

  it('keeps mail back if it was broken meanwhile, as one that nobody has needed', async () => {
    const tree = treeWith(2)
    use(tree, 'alice', 'ben', 'carol')
    for (const name of ['alice', 'ben']) tree.write(fileOf(name), 'junk_fodler: Spam\n')
    await tree.settle()
    assert.equal(tree.filesFor(to('alice')), 'broken')
    // His was kept.
    assert.equal(tree.filesFor(to('ben')), 'ben < site')
    tree.write(fileOf('alice'), naming('alice'))
    await tree.settle()
    assert.equal(tree.filesFor(to('alice')), 'alice < site')
  })

  it('stays the last good version when it was broken before, however little room there is', async () => {
    const tree = treeWith(1)
    use(tree, 'alice')
    tree.write(fileOf('alice'), 'junk_fodler: Spam\n')
    await tree.settle()
    use(tree, 'ben', 'carol', 'ben')
    assert.deepEqual(use(tree, 'alice'), ['alice'], 'the broken one')
    assert.equal(tree.rules.state.broken, 1)
    tree.write(fileOf('alice'), naming('alice'))
    await tree.settle()
    use(tree, 'alice')
    assert.equal(tree.rules.state.broken, 0)
  })

  it('counts with what the administrators changed meanwhile', async () => {
    const tree = treeWith(2)
    use(tree, 'alice', 'ben', 'carol')
    tree.write('default.yaml', naming('site2'))
    await tree.settle()
    assert.deepEqual(tree.parsed.splice(0), ['default.yaml'])
    for (const name of ['carol', 'ben', 'alice']) assert.equal(tree.filesFor(to(name)), `${name} < site2`)
    assert.deepEqual(tree.parsed.splice(0), [fileOf('alice')])
  })

  it('is judged by what users may say now', async () => {
    const tree = treeWith(2)
    use(tree, 'alice', 'ben', 'carol')
    tree.write('default.yaml', `${naming('site')}users: { keys: [size] }\n`)
    await tree.settle()
    // Nobody touched them since they were allowed.
    for (const name of ['alice', 'carol']) assert.equal(tree.filesFor(to(name)), `${name} < site`)
    tree.write(fileOf('alice'), naming('alice2'))
    await tree.settle()
    assert.equal(tree.filesFor(to('alice')), 'alice < site')
    tree.write(fileOf('dave'), naming('dave2'))
    await tree.settle()
    assert.equal(tree.filesFor(to('dave')), 'broken')
  })

  it('leaves a transaction without policy that began before it was changed', async () => {
    const tree = treeWith(1)
    const { current } = tree.rules
    use(tree, 'alice', 'ben')
    tree.write(fileOf('alice'), naming('alice2'))
    await tree.settle()
    assert.equal(tree.filesFor(to('alice'), current), 'broken')
    assert.equal(tree.filesFor(to('alice')), 'alice2 < site')
  })
})
