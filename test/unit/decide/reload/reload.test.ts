/** Policy files that change while the gate runs: when they count, and what a broken one does. */
import assert from 'node:assert/strict'
import { mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { LiveTree, naming } from '../../../support/live-tree.ts'
import { rulesTree } from '../../../support/rules-tree.ts'

const usual = {
  'default.yaml': naming('site'),
  'example.org/_domain.yaml': naming('domain'),
  'example.org/_art.yaml': naming('art', 'for: [carol@example.org]'),
  'example.org/alice.yaml': naming('alice'),
  'example.org/ben.yaml': naming('ben'),
  'other.example/zoe.yaml': naming('zoe'),
}

const broken = 'sise: { max: 1M }\n'

describe('a change', () => {
  it('counts about a second after it was told, for transactions that begin from then on', async () => {
    const tree = new LiveTree(usual)
    await tree.settle()
    assert.equal(tree.filesFor('alice@example.org'), 'alice < domain < site')
    const begun = tree.rules.current
    tree.write('example.org/alice.yaml', naming('alice2'))
    tree.write('default.yaml', naming('site2'))
    await tree.pass(900)
    assert.equal(tree.rules.current, begun)
    await tree.pass(200)
    assert.equal(tree.filesFor('alice@example.org'), 'alice2 < domain < site2')
    assert.equal(tree.filesFor('alice@example.org', begun), 'alice < domain < site')
    assert.deepEqual(tree.log(), ['policies reloaded: changes=2, files=6, broken=0'])
  })

  it('may be a file put in the place of another, a new one, or one that is gone', async () => {
    const tree = new LiveTree(usual)
    await tree.settle()
    tree.replace('example.org/ben.yaml', naming('ben2'))
    tree.write('example.org/dora.yaml', naming('dora'))
    tree.write('_top.yaml', naming('top', 'for: ["zoe@*"]'))
    tree.remove('example.org/alice.yaml')
    tree.remove('example.org/_art.yaml')
    await tree.settle()
    assert.equal(tree.filesFor('ben@example.org'), 'ben2 < domain < site')
    assert.equal(tree.filesFor('dora@example.org'), 'dora < domain < site')
    assert.equal(tree.filesFor('zoe@other.example'), 'zoe < top < site')
    assert.equal(tree.filesFor('alice@example.org'), 'domain < site')
    assert.equal(tree.filesFor('carol@example.org'), 'domain < site')
  })

  it('may be a whole folder, new, renamed or gone, and is watched from then on', async () => {
    const tree = new LiveTree(usual)
    await tree.settle()
    mkdirSync(join(tree.root, 'new.example'))
    writeFileSync(join(tree.root, 'new.example/_domain.yaml'), naming('new'))
    writeFileSync(join(tree.root, 'new.example/ann.yaml'), naming('ann'))
    tree.tell('new.example')
    tree.remove('other.example')
    await tree.settle()
    assert.equal(tree.filesFor('ann@new.example'), 'ann < new < site')
    assert.equal(tree.filesFor('zoe@other.example'), 'site')
    tree.write('new.example/ann.yaml', naming('ann2'))
    await tree.settle()
    assert.equal(tree.filesFor('ann@new.example'), 'ann2 < new < site')
    renameSync(join(tree.root, 'new.example'), join(tree.root, 'newer.example'))
    tree.tell('new.example')
    tree.tell('newer.example')
    await tree.settle()
    assert.equal(tree.filesFor('ann@new.example'), 'site')
    assert.equal(tree.filesFor('ann@newer.example'), 'ann2 < new < site')
    const watched = [...tree.watches.open.keys()].map(path => path.replace(tree.root, '')).sort()
    assert.deepEqual(watched, ['', '/example.org', '/newer.example'])
  })

  it('that nobody told counts within a minute, and at once on request, which is answered', async () => {
    const tree = new LiveTree(usual)
    await tree.settle()
    writeFileSync(join(tree.root, 'example.org/alice.yaml'), naming('quiet'))
    await tree.pass(57_000)
    assert.equal(tree.filesFor('ben@example.org'), 'ben < domain < site')
    await tree.pass(5000)
    assert.equal(tree.filesFor('alice@example.org'), 'quiet < domain < site')
    tree.log()
    writeFileSync(join(tree.root, 'example.org/alice.yaml'), naming('louder'))
    tree.watch.reload()
    await tree.settle()
    assert.equal(tree.filesFor('alice@example.org'), 'louder < domain < site')
    tree.watch.reload()
    await tree.settle()
    assert.deepEqual(tree.log(), [
      'policies reloaded: changes=1, files=6, broken=0',
      'policies reloaded: changes=0, files=6, broken=0',
    ])
  })

  it('may make a group contradict another that did not change, which is told once', async () => {
    const group = (name: string, ...lines: string[]) => naming(name, 'for: [carol@example.org]', ...lines)
    const tree = new LiveTree({ ...usual, 'example.org/_bee.yaml': group('bee', 'at_worst: junk') })
    await tree.settle()
    tree.log()
    tree.write('example.org/_art.yaml', group('art', 'at_worst: deliver'))
    await tree.settle()
    assert.deepEqual(tree.log().slice(1), [
      'warning: policy: problem="example.org/_bee.yaml:2:11: for carol@example.org another group says deliver, and wins (see example.org/_art.yaml:2)"',
    ])
    tree.write('example.org/_art.yaml', group('art2', 'at_worst: deliver'))
    await tree.settle()
    assert.deepEqual(tree.log().slice(1), [])
  })

  it('may swap the whole tree by a link', async () => {
    const tree = new LiveTree(usual)
    const release = (name: string, version: string) => {
      mkdirSync(join(tree.root, name, 'k8s.example'), { recursive: true })
      writeFileSync(join(tree.root, name, 'k8s.example/ann.yaml'), naming(version))
    }
    release('..1', 'one')
    symlinkSync('..1', join(tree.root, '..data'))
    symlinkSync('..data/k8s.example', join(tree.root, 'k8s.example'))
    tree.tell('k8s.example')
    await tree.settle()
    assert.equal(tree.filesFor('ann@k8s.example'), 'one < site')
    release('..2', 'two')
    symlinkSync('..2', join(tree.root, '..new'))
    renameSync(join(tree.root, '..new'), join(tree.root, '..data'))
    tree.tell('..data')
    await tree.settle()
    assert.equal(tree.filesFor('ann@k8s.example'), 'two < site')
  })

  it("of an editor's files beside it is none", async () => {
    const tree = new LiveTree(usual)
    await tree.settle()
    for (const name of ['.alice.yaml.swp', 'alice.yaml~', '#alice.yaml#', '4913', '.#alice.yaml', 'sedX1'])
      tree.write(`example.org/${name}`, broken)
    tree.write('README.md', 'text')
    await tree.settle()
    assert.deepEqual(tree.log(), [])
  })
})

describe('a file that is being written', () => {
  it('is not used until it has been still, and all that changed with it counts at the same moment', async () => {
    const tree = new LiveTree(usual)
    await tree.settle()
    assert.equal(tree.filesFor('alice@example.org'), 'alice < domain < site')
    tree.write('example.org/_domain.yaml', naming('domain2'))
    for (const half of ['s', 'spam:', 'spam: {', 'spam: { junk: ']) {
      tree.write('example.org/alice.yaml', half)
      await tree.pass(600)
      assert.equal(tree.filesFor('alice@example.org'), 'alice < domain < site')
    }
    tree.write('example.org/alice.yaml', naming('alice2'))
    await tree.settle()
    assert.equal(tree.filesFor('alice@example.org'), 'alice2 < domain2 < site')
    assert.equal(tree.log().length, 1)
  })

  it('keeps nobody else waiting for more than some seconds, but the administrators of its folder', async () => {
    const tree = new LiveTree(usual)
    await tree.settle()
    tree.write('example.org/alice.yaml', naming('alice2'))
    tree.write('other.example/zoe.yaml', naming('zoe2'))
    for (let i = 0; i < 20; i += 1) {
      tree.write('example.org/_domain.yaml', naming(`domain${i}`))
      await tree.pass(400)
    }
    assert.equal(tree.filesFor('zoe@other.example'), 'zoe2 < site')
    await tree.settle()
    assert.equal(tree.filesFor('alice@example.org'), 'alice2 < domain19 < site')
  })

  it('may be empty for a while before it gets its content', async () => {
    const tree = new LiveTree(usual)
    await tree.settle()
    assert.equal(tree.filesFor('alice@example.org'), 'alice < domain < site')
    truncateSync(join(tree.root, 'example.org/alice.yaml'))
    tree.tell('example.org/alice.yaml')
    await tree.pass(9000)
    assert.equal(tree.filesFor('alice@example.org'), 'alice < domain < site')
    tree.write('example.org/alice.yaml', naming('alice2'))
    await tree.settle()
    assert.equal(tree.filesFor('alice@example.org'), 'alice2 < domain < site')
    truncateSync(join(tree.root, 'example.org/alice.yaml'))
    tree.tell('example.org/alice.yaml')
    await tree.pass(12_000)
    assert.equal(tree.filesFor('alice@example.org'), 'domain < site')
  })

  it('makes mail wait that needs it for the first time, and is looked at again at once', async () => {
    const tree = new LiveTree(usual)
    await tree.settle()
    writeFileSync(join(tree.root, 'example.org/ben.yaml'), 'spam:')
    assert.equal(tree.filesFor('ben@example.org'), 'broken')
    writeFileSync(join(tree.root, 'example.org/ben.yaml'), naming('ben2'))
    await tree.settle()
    assert.equal(tree.filesFor('ben@example.org'), 'ben2 < domain < site')
    assert.deepEqual(tree.log(), [
      'policy file is being changed, mail waits: file=example.org/ben.yaml',
      'policies reloaded: changes=1, files=6, broken=0',
    ])
  })
})

describe("a person's file that breaks", () => {
  it('keeps its last good version, which is logged once with the mend, until it is mended', async () => {
    const tree = new LiveTree(usual)
    await tree.settle()
    assert.equal(tree.filesFor('alice@example.org'), 'alice < domain < site')
    tree.write('example.org/alice.yaml', `${naming('x')}sise: { max: 1M }\n`)
    await tree.settle()
    assert.equal(tree.filesFor('alice@example.org'), 'alice < domain < site')
    assert.equal(tree.rules.state.broken, 1)
    assert.deepEqual(tree.log(), [
      'policies reloaded: changes=1, files=6, broken=1',
      'error: broken policy file: problem="example.org/alice.yaml:2:1: unknown key \\"sise\\" in a person\'s file (did you mean \\"size\\"?)", until_mended="the last good version counts"',
    ])
    // The rest of the policy goes on.
    tree.write('default.yaml', naming('site2'))
    tree.write('example.org/alice.yaml', 'spam: { junk: much }\n')
    await tree.settle()
    assert.equal(tree.filesFor('alice@example.org'), 'alice < domain < site2')
    assert.equal(tree.log().length, 2)
    tree.write('example.org/alice.yaml', naming('alice3'))
    await tree.settle()
    assert.equal(tree.filesFor('alice@example.org'), 'alice3 < domain < site2')
    assert.deepEqual(tree.log(), [
      'policies reloaded: changes=1, files=6, broken=0',
      'policy file mended: file=example.org/alice.yaml',
    ])
    assert.equal(tree.rules.state.broken, 0)
  })

  it('makes that mail wait if there never was a good version, which is logged once, too', async () => {
    const tree = new LiveTree({ ...usual, 'example.org/alice.yaml': broken })
    await tree.settle()
    for (let i = 0; i < 3; i += 1) assert.equal(tree.filesFor('alice@example.org'), 'broken')
    assert.deepEqual(
      tree.log().map(line => /until_mended=.*/.exec(line)?.[0]),
      ['until_mended="mail waits"'],
    )
    tree.write('example.org/alice.yaml', 'spam: { junk: much }\n')
    await tree.settle()
    assert.equal(tree.filesFor('alice@example.org'), 'broken')
    assert.equal(tree.log().filter(line => line.includes('broken policy file')).length, 1)
    tree.remove('example.org/alice.yaml')
    await tree.settle()
    assert.equal(tree.filesFor('alice@example.org'), 'domain < site')
    assert.match(tree.log().at(-1) ?? '', /mended/)
    assert.equal(tree.rules.state.broken, 0)
  })

  it('may do so by a second file of that person, by a link out of the tree, by its type, or by its size', async () => {
    const outside = rulesTree({ 'secret.yaml': naming('outside') })
    const breaks: Readonly<Record<string, (tree: LiveTree) => void>> = {
      twin: tree => tree.write('example.org/alice.yml', naming('twin')),
      capital: tree => tree.write('example.org/Alice.yaml', naming('capital')),
      link: tree => {
        rmSync(join(tree.root, 'example.org/alice.yaml'))
        symlinkSync(join(outside, 'secret.yaml'), join(tree.root, 'example.org/alice.yaml'))
        tree.tell('example.org/alice.yaml')
      },
      size: tree => tree.write('example.org/alice.yaml', '#'.repeat(300_000)),
    }
    for (const [how, breakIt] of Object.entries(breaks)) {
      const tree = new LiveTree(usual)
      await tree.settle()
      assert.equal(tree.filesFor('alice@example.org'), 'alice < domain < site')
      breakIt(tree)
      await tree.settle()
      assert.equal(tree.filesFor('alice@example.org'), 'alice < domain < site', how)
      assert.equal(tree.rules.state.broken, 1, how)
      for (const file of ['alice.yml', 'Alice.yaml', 'alice.yaml'])
        if (file !== 'alice.yaml' || how === 'link' || how === 'size') {
          rmSync(join(tree.root, 'example.org', file), { force: true })
          tree.tell(`example.org/${file}`)
        }
      await tree.settle()
      assert.equal(tree.rules.state.broken, 0, how)
      assert.equal(
        tree.log().some(line => line.includes('outside')),
        false,
      )
    }
  })
})

describe("an administrator's file that breaks", () => {
  it('keeps all such files of its folder as they were, and nothing else', async () => {
    const tree = new LiveTree(usual)
    await tree.settle()
    tree.write('example.org/_domain.yaml', broken)
    tree.write('example.org/_art.yaml', naming('art2', 'for: [carol@example.org, ben@example.org]'))
    tree.write('example.org/ben.yaml', naming('ben2'))
    tree.write('default.yaml', naming('site2'))
    await tree.settle()
    assert.equal(tree.filesFor('carol@example.org'), 'art < domain < site2')
    assert.equal(tree.filesFor('ben@example.org'), 'ben2 < domain < site2')
    const [, line = ''] = tree.log()
    assert.match(
      line,
      /error: broken policy file: .*_domain\.yaml:1:1: unknown key .*size.*, until_mended="the last good/,
    )
    tree.write('example.org/_domain.yaml', naming('domain2'))
    await tree.settle()
    assert.equal(tree.filesFor('ben@example.org'), 'ben2 < art2 < domain2 < site2')
    assert.match(tree.log().at(-1) ?? '', /policy file mended: file=example.org\/_domain.yaml/)
  })

  it('may be default.yaml, or one beside it, and then those wait for each other', async () => {
    const tree = new LiveTree({ ...usual, '_roles.yaml': naming('roles', 'for: ["abuse@*"]') })
    await tree.settle()
    tree.write('default.yaml', 'size: { max: huge }\n')
    tree.remove('_roles.yaml')
    tree.write('example.org/_domain.yaml', naming('domain2'))
    await tree.settle()
    assert.equal(tree.filesFor('abuse@example.org'), 'roles < domain2 < site')
    tree.write('default.yaml', naming('site2'))
    await tree.settle()
    assert.equal(tree.filesFor('abuse@example.org'), 'domain2 < site2')
  })

  it('may be one with a name that nobody would find', async () => {
    const tree = new LiveTree(usual)
    await tree.settle()
    tree.write('example.org/_new.yml', 'x')
    tree.write('example.org/_domain.yaml', naming('domain2'))
    await tree.settle()
    assert.equal(tree.filesFor('carol@example.org'), 'art < domain < site')
    renameSync(join(tree.root, 'example.org'), join(tree.root, 'Example.ORG'))
    tree.tell('example.org')
    tree.tell('Example.ORG')
    await tree.settle()
    assert.equal(tree.filesFor('carol@example.org'), 'art < domain < site')
    assert.match(tree.log().join('\n'), /Example\.ORG: folders have lower-case names \(call it example\.org\)/)
  })

  it('may contradict another folder: neither counts until they agree', async () => {
    const tree = new LiveTree({ ...usual, 'other.example/_domain.yaml': naming('other') })
    await tree.settle()
    tree.write('example.org/_domain.yaml', naming('domain2', 'for: ["*@third.example"]'))
    tree.write('other.example/_domain.yaml', naming('other2', 'for: ["*@third.example"]'))
    await tree.settle()
    assert.equal(tree.filesFor('x@example.org'), 'domain < site')
    assert.equal(tree.filesFor('x@other.example'), 'other < site')
    assert.equal(tree.filesFor('x@third.example'), 'site')
    assert.equal(tree.rules.state.broken, 2)
    tree.write('example.org/_domain.yaml', naming('domain3'))
    await tree.settle()
    assert.equal(tree.filesFor('x@example.org'), 'domain3 < site')
    assert.equal(tree.filesFor('x@third.example'), 'other2 < site')
    assert.equal(tree.rules.state.broken, 0)
    // From one to the other, the other way round: only both together are right.
    tree.write('other.example/_domain.yaml', naming('other4'))
    tree.write('example.org/_domain.yaml', naming('domain4', 'for: ["*@third.example"]'))
    await tree.settle()
    assert.equal(tree.filesFor('x@third.example'), 'domain4 < site')
    // A folder of its own for what another serves.
    mkdirSync(join(tree.root, 'third.example'))
    tree.write('third.example/_domain.yaml', naming('third'))
    tree.tell('third.example')
    await tree.settle()
    assert.equal(tree.filesFor('x@third.example'), 'domain4 < site')
    tree.write('example.org/_domain.yaml', naming('domain5'))
    await tree.settle()
    assert.equal(tree.filesFor('x@third.example'), 'third < site')
  })

  it('is not used when it is new', async () => {
    const tree = new LiveTree(usual)
    await tree.settle()
    tree.write('fourth.example/_domain.yaml', broken)
    tree.tell('fourth.example')
    await tree.settle()
    assert.equal(tree.filesFor('x@fourth.example'), 'site')
    assert.equal(tree.rules.state.broken, 1)
  })
})

describe('a folder that leads out of the tree, or cannot be read', () => {
  it('keeps what was in it before', async () => {
    const tree = new LiveTree(usual)
    await tree.settle()
    assert.equal(tree.filesFor('alice@example.org'), 'alice < domain < site')
    const outside = rulesTree({ '_domain.yaml': naming('outside'), 'alice.yaml': naming('outside'), 'ben.yaml': '' })
    renameSync(join(tree.root, 'example.org'), join(tree.root, '.away'))
    symlinkSync(outside, join(tree.root, 'example.org'))
    tree.tell('example.org')
    await tree.settle()
    assert.equal(tree.filesFor('alice@example.org'), 'alice < domain < site')
    assert.equal(tree.filesFor('ben@example.org'), 'broken')
    assert.match(
      tree.log().join('\n'),
      /example\.org: this link leaves the folder of the rules \(copy what it points to\)/,
    )
    rmSync(join(tree.root, 'example.org'))
    renameSync(join(tree.root, '.away'), join(tree.root, 'example.org'))
    tree.tell('example.org')
    await tree.settle()
    assert.equal(tree.filesFor('ben@example.org'), 'ben < domain < site')
    assert.equal(tree.rules.state.broken, 0)
  })

  it('may be the whole tree', async () => {
    const tree = new LiveTree(usual)
    await tree.settle()
    renameSync(tree.root, `${tree.root}.away`)
    tree.watch.reload()
    await tree.pass(120_000)
    assert.equal(tree.filesFor('x@example.org'), 'domain < site')
    assert.deepEqual(tree.log(), [
      `error: policies cannot be read, the last good version counts: folder=${tree.root}, cause=ENOENT`,
    ])
    mkdirSync(tree.root)
    tree.write('default.yaml', naming('anew'))
    await tree.pass(65_000)
    assert.equal(tree.filesFor('x@example.org'), 'anew')
    rmSync(`${tree.root}.away`, { recursive: true })
  })
})

describe('watches', () => {
  it('that fail are told once, and changes count within a minute then, until they work again', async () => {
    const tree = new LiveTree(usual)
    await tree.settle()
    tree.watches.failure = 'ENOSPC'
    for (const [path, { onError }] of [...tree.watches.open]) {
      tree.watches.open.delete(path)
      onError(Object.assign(new Error('x'), { code: 'ENOSPC' }))
    }
    await tree.pass(120_000)
    assert.deepEqual(
      tree.log().map(line => line.replace(/folder=\S+ /, '')),
      [
        'warning: policies cannot be watched, changes count within a minute: cause=ENOSPC, mend="raise fs.inotify.max_user_watches"',
      ],
    )
    tree.write('example.org/ben.yaml', naming('ben2'))
    await tree.pass(62_000)
    assert.equal(tree.filesFor('ben@example.org'), 'ben2 < domain < site')
    tree.watches.failure = undefined
    await tree.pass(62_000)
    assert.equal(tree.watches.open.size, 3)
    assert.match(tree.log().at(-1) ?? '', /^policies are watched$/)
  })

  it('are one for each folder', () => {
    const persons = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`big.example/p${i}.yaml`, 'x']))
    const tree = new LiveTree({ ...usual, ...persons })
    assert.equal(tree.watches.open.size, 4)
  })
})

describe('one changed file', () => {
  const persons = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`example.org/p${i}.yaml`, naming(`p${i}`)]))

  it('costs one parse, whoever it is for, and nobody else a policy that was worked out', async () => {
    const tree = new LiveTree({ ...usual, ...persons })
    await tree.settle()
    assert.deepEqual(tree.parsed.splice(0).sort(), [
      'default.yaml',
      'example.org/_art.yaml',
      'example.org/_domain.yaml',
    ])
    const people = ['alice@example.org', 'ben@example.org', 'p7@example.org', 'zoe@other.example', 'x@other.example']
    const policies = () => people.map(person => tree.policyFor(person))
    const before = policies()
    assert.equal(tree.parsed.splice(0).length, 4)
    const kept = (after: readonly unknown[]) => people.filter((_, i) => before[i] === after[i])

    tree.write('example.org/alice.yaml', naming('alice2'))
    await tree.settle()
    assert.deepEqual(kept(policies()), people.slice(1))
    assert.deepEqual(tree.parsed.splice(0), ['example.org/alice.yaml'])

    // Nobody has needed him yet.
    tree.write('example.org/p8.yaml', naming('other8'))
    await tree.settle()
    assert.deepEqual(tree.parsed, [])
    assert.equal(tree.filesFor('p8@example.org'), 'other8 < domain < site')
    assert.deepEqual(tree.parsed.splice(0), ['example.org/p8.yaml'])

    tree.write('example.org/_domain.yaml', naming('domain2'))
    await tree.settle()
    assert.deepEqual(kept(policies()), ['zoe@other.example', 'x@other.example'])
    assert.deepEqual(tree.parsed.splice(0), ['example.org/_domain.yaml'])

    tree.write('example.org/alice.yaml', broken)
    await tree.settle()
    tree.write('example.org/ben.yaml', naming('ben2'))
    await tree.settle()
    policies()
    assert.deepEqual(tree.parsed.splice(0), ['example.org/alice.yaml', 'example.org/ben.yaml'])
  })

  it('and no change costs none', async () => {
    const tree = new LiveTree({ ...usual, ...persons })
    await tree.settle()
    tree.filesFor('alice@example.org')
    tree.parsed.splice(0)
    tree.watch.reload()
    await tree.pass(300_000)
    assert.deepEqual(tree.parsed, [])
  })
})
