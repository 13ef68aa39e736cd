/** Addresses from strangers find their own policy or the domain's, and never a file outside of the tree. */
import assert from 'node:assert/strict'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { LiveTree, naming } from '../../support/live-tree.ts'
import { rulesTree } from '../../support/rules-tree.ts'

/** Characters as octets, as they come on the wire. */
function wire(text: string): string {
  return Buffer.from(text).toString('latin1')
}

describe('a local part', () => {
  const tree = new LiveTree({
    'default.yaml': naming('site'),
    '_x.yaml': naming('group', 'for: [nobody@example.org]'),
    'example.org/_domain.yaml': naming('domain'),
    'example.org/alice.yaml': naming('alice'),
    'example.org/kelvin.yaml': naming('kelvin'),
    'example.org/mine.yaml': naming('mine'),
    'example.org/jörg.yaml': naming('joerg'),
    'example.org/ǰan.yaml': naming('jan'),
    'example.org/a/b.yaml': naming('deep'),
    'other.example/zoe.yaml': naming('zoe'),
  })
  const outside = join(tree.root, '../outside.yaml')
  writeFileSync(outside, naming('outside'))
  after(() => rmSync(outside))
  const cases: readonly (readonly [string, string])[] = [
    ['../../outside@example.org', 'domain < site'],
    ['../outside@example.org', 'domain < site'],
    ['"../other.example/zoe"@example.org', 'domain < site'],
    ['../_x@example.org', 'domain < site'],
    ['../default@example.org', 'domain < site'],
    ['_domain@example.org', 'domain < site'],
    ['a/b@example.org', 'domain < site'],
    ['"a\\\\b"@example.org', 'domain < site'],
    ['/etc/passwd@example.org', 'domain < site'],
    ['.@example.org', 'domain < site'],
    ['..@example.org', 'domain < site'],
    ['@example.org', 'domain < site'],
    ['"alice.yaml\0"@example.org', 'domain < site'],
    ['"alice\0"@example.org', 'domain < site'],
    [`${'a'.repeat(300)}@example.org`, 'domain < site'],
    [`alice+${'../'.repeat(100)}@example.org`, 'alice < domain < site'],
    ['ALICE@EXAMPLE.ORG', 'alice < domain < site'],
    [wire('ａlice@example.org'), 'domain < site'],
    [wire('аlice@example.org'), 'domain < site'],
    [wire('alıce@example.org'), 'domain < site'],
    [wire('ALİCE@example.org'), 'domain < site'],
    [wire('mıne@example.org'), 'domain < site'],
    // By the rules of Unicode this is another way to write the letter K, as a composed letter is of its parts.
    [wire('\u212aelvin@example.org'), 'kelvin < domain < site'],
    [wire('j\u00f6rg@example.org'), 'joerg < domain < site'],
    [wire('jo\u0308rg@example.org'), 'joerg < domain < site'],
    [wire('JO\u0308RG@example.org'), 'joerg < domain < site'],
    [wire('J\u030cAN@example.org'), 'jan < domain < site'],
    ['zoe@../other.example', 'site'],
    ['zoe@other.example/.', 'site'],
    ['zoe@other.example\0', 'site'],
    ['zoe@..', 'site'],
    ['zoe@', 'site'],
  ]
  for (const [to, right] of cases)
    it(`in ${JSON.stringify(to.slice(0, 40))} finds ${right}`, () => {
      assert.equal(tree.filesFor(to), right)
      for (const file of tree.parsed) assert.match(file, /^[^/.][^/]*(?:\/[^/.][^/]*)?$/)
    })
})

describe('a link out of the tree', () => {
  it('that appears later is refused, be it of a person, a group, a domain, a folder, or on the way', async () => {
    const tree = new LiveTree({ 'default.yaml': naming('site'), 'example.org/_domain.yaml': naming('domain') })
    const outside = rulesTree({
      'person.yaml': naming('outside'),
      '_g.yaml': naming('outside', 'for: [alice@example.org]'),
      'ann.yaml': naming('outside'),
    })
    await tree.settle()
    symlinkSync(join(outside, 'person.yaml'), join(tree.root, 'example.org/alice.yaml'))
    symlinkSync(outside, join(tree.root, 'new.example'))
    symlinkSync(outside, join(tree.root, '.hop'))
    symlinkSync('.hop', join(tree.root, 'hop.example'))
    mkdirSync(join(tree.root, 'third.example'))
    symlinkSync('../.hop/ann.yaml', join(tree.root, 'third.example/ann.yaml'))
    tree.watch.reload()
    await tree.settle()
    assert.equal(tree.filesFor('alice@example.org'), 'broken')
    assert.equal(tree.filesFor('ann@third.example'), 'broken')
    assert.equal(tree.filesFor('ann@new.example'), 'site')
    assert.equal(tree.filesFor('ann@hop.example'), 'site')
    symlinkSync(join(outside, '_g.yaml'), join(tree.root, 'example.org/_g.yaml'))
    rmSync(join(tree.root, 'default.yaml'))
    symlinkSync(join(outside, 'person.yaml'), join(tree.root, 'default.yaml'))
    tree.watch.reload()
    await tree.settle()
    assert.equal(tree.filesFor('ben@example.org'), 'domain < site')
    const log = tree.log().join('\n')
    for (const path of [
      'example.org/alice',
      'third.example/ann',
      'new.example',
      'hop.example',
      'example.org/_g',
      'default',
    ])
      assert.match(log, new RegExp(`${path}(?:\\.yaml)?: this link leaves the folder of the rules`))
    assert.deepEqual([...new Set(tree.parsed)].sort(), ['default.yaml', 'example.org/_domain.yaml'])
  })
})
