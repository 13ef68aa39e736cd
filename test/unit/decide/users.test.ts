/** `users`: what persons may write in their own files, and what becomes of a file that says more (rules/README.md). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addressOf } from '../../../src/address.ts'
import { PersonFile } from '../../../src/decide/person-file.ts'
import { formatProblem, Source, type Problem } from '../../../src/decide/problem.ts'
import { readPolicyFile, type Kind, type PolicyFile } from '../../../src/decide/read/policy-file.ts'
import { adviseUsers } from '../../../src/decide/users-advice.ts'
import { errorsOf, limitsOf } from '../../../src/decide/users.ts'
import { kindSchema } from '../../../src/tools/schema.ts'
import type { Schema } from '../../../src/decide/read/schema.ts'
import { loadRules } from '../../support/live-rules.ts'
import { LiveTree, naming } from '../../support/live-tree.ts'
import { rulesTree } from '../../support/rules-tree.ts'

function read(file: string, kind: Kind, text: string): PolicyFile {
  return readPolicyFile(new Source(file, text), kind, '+')
}

function person(file: string, text: string): PersonFile {
  const reading = (source: Source): PolicyFile => readPolicyFile(source, 'person', '+')
  return new PersonFile(reading(new Source(file, text)), file, reading)
}

/** What is wrong with a person's file where the domain's and the site's `users` say this. */
function errorsIn(own: string, domain: string, site = ''): readonly Problem[] {
  const limits = limitsOf(
    read('_domain.yaml', 'domain', domain === '' ? '' : `users: { ${domain} }`),
    read('default.yaml', 'site', site === '' ? '' : `users: { ${site} }`),
  )
  return errorsOf(person('carol.yaml', own), limits)
}

/** The characters under each caret. */
function refused(...files: Parameters<typeof errorsIn>): string {
  return errorsIn(...files)
    .map(({ code, excerpt = '', column, length }) => {
      assert.equal(code, 'not-allowed')
      return excerpt.slice(column - 1, column - 1 + length)
    })
    .join(' ')
}

/** A person's file, what `users` says, and what of the file it does not allow. */
const cases: readonly (readonly [string, string, string])[] = [
  // Nothing said is everything allowed; nothing named is nothing allowed.
  ['{ spam: { junk: 4 }, virus: off }', '', ''],
  ['{ spam: { junk: 4 }, virus: off }', 'actions: [junk]', ''],
  ['{ spam: { junk: 4 } }', 'keys: []', 'spam'],
  ['{ spam: { junk: 4 } }', 'actions: []', 'junk'],
  // Keys, whole and dotted.
  ['{ spam: { junk: 4, discard: 9 }, junk_folder: INBOX }', 'keys: [spam, junk_folder]', ''],
  ['{ spam: { junk: 4 }, at_worst: junk }', 'keys: spam', 'at_worst'],
  ['{ spam: { junk: 4, discard: 9, profile: x } }', 'keys: [spam.junk, spam.discard]', 'profile'],
  ['{ spam: off }', 'keys: [spam.junk, virus.ignore]', 'spam'],
  ['{ spam: off }', 'keys: [spam]', ''],
  ['{ quarantine: { keep: 3d, notice: true } }', 'keys: [quarantine.notice]', 'keep'],
  ['{ rules: [{ folder: A }], shadow: true }', 'keys: [spam]', 'rules shadow'],
  ['{ next_hop: "inet:127.0.0.1:24" }', 'keys: [spam]', 'next_hop'],
  ['{ spam: {} }', 'keys: [virus]', 'spam'],
  ['{ spam: {} }', 'keys: [spam.junk]', ''],
  // Actions, wherever one is named.
  ['{ spam: { reject: 10 } }', 'actions: [junk, discard]', 'reject'],
  ['{ spam: { junk: 4, quarantine: 5, discard: 6, reject: never } }', 'actions: [junk]', 'quarantine discard reject'],
  ['{ spam: { down: defer, unscannable: discard } }', 'actions: [junk]', 'defer discard'],
  ['{ spam: { down: { defer: 30m, then: quarantine } } }', 'actions: [quarantine]', 'defer'],
  ['{ virus: { down: { defer: 30m, then: quarantine } } }', 'actions: [defer]', 'quarantine'],
  ['{ virus: { action: deliver, unscannable: reject } }', 'actions: [discard]', 'deliver reject'],
  ['{ senders: { block: a.example, action: discard } }', 'actions: [junk]', 'discard'],
  ['{ senders: { block: a.example, allow: b.example } }', 'actions: [discard]', ''],
  [
    '{ attachments: { action: discard, encrypted: junk, ambiguous: defer, unreadable: reject } }',
    'actions: [junk]',
    'discard defer reject',
  ],
  [
    '{ rules: [{ then: junk }, { then: reject }, { folder: A }, { then: deliver }] }',
    'actions: [junk]',
    'reject deliver',
  ],
  ['{ at_worst: reject }', 'actions: [junk]', 'reject'],
  ['{ quarantine: { notice: true } }', 'actions: [junk]', ''],
  ['{ junk_folder: discard, rules: [{ name: reject, folder: defer }] }', 'actions: [junk]', ''],
]

describe('users', () => {
  for (const [person, users, expected] of cases)
    it(`{ ${users} } ${expected === '' ? 'allows' : `does not allow ${expected} in`} ${person}`, () => {
      assert.equal(refused(person, users), expected)
      assert.equal(refused(person, '', users), expected)
    })

  it('of both levels must be satisfied, and nothing is told twice', () => {
    const person = '{ spam: { junk: 4, discard: 9 }, senders: { block: a.example, action: reject } }'
    assert.equal(refused(person, 'keys: [spam, senders]', 'actions: [junk, discard, reject]'), '')
    assert.equal(
      refused(person, 'keys: [spam, senders]', 'keys: [spam.junk, senders], actions: [junk]'),
      'discard reject',
    )
    assert.equal(refused(person, 'keys: [spam]', 'keys: [spam]'), 'senders')
    assert.equal(refused(person, 'keys: [spam]', 'keys: [senders]'), 'spam senders')
  })

  it('is told where it is set, and what is allowed', () => {
    const limits = limitsOf(
      read(
        'rules/hosting.example/_domain.yaml',
        'domain',
        '# Hosting\nusers: { keys: [spam, senders.block], actions: [junk, discard] }',
      ),
      undefined,
    )
    const told = (text: string) => errorsOf(person('rules/hosting.example/carol.yaml', text), limits).map(formatProblem)
    assert.deepEqual(told('spam: { reject: 10 }'), [
      [
        'rules/hosting.example/carol.yaml:1:9: error: users here may not use "reject", only junk, discard [not-allowed]',
        '  1 | spam: { reject: 10 }',
        '    |         ^^^^^^ the limit is set in rules/hosting.example/_domain.yaml:2',
      ].join('\n'),
    ])
    assert.match(told('virus: off')[0] ?? '', /: users here may not set "virus", only spam, senders\.block \[/)
    assert.match(
      told('senders: { allow: a.example }')[0] ?? '',
      /may not set "senders\.allow", only spam, senders\.block \[/,
    )
    assert.match(told('senders: off')[0] ?? '', /may not set "senders" as a whole, only spam, senders\.block \[/)
    const none = limitsOf(read('_domain.yaml', 'domain', 'users: { keys: [], actions: [] }'), undefined)
    const words = errorsOf(person('carol.yaml', 'at_worst: junk'), none).map(({ message }) => message)
    assert.deepEqual(words, ['users here may not set any key', 'users here may not use any action'])
  })

  it('is told with all else that is wrong in the file, in the order of its lines', () => {
    const found = errorsIn(
      'virus: off\nspam: { jnk: 4, reject: 5 }\nat_worst: rejekt',
      'keys: [spam, at_worst], actions: [junk]',
    )
    assert.deepEqual(
      found.map(({ code, line, column }) => `${code} ${line}:${column}`),
      ['not-allowed 1:1', 'unknown-key 2:9', 'not-allowed 2:17', 'wrong-value 3:11'],
    )
  })

  it('says nothing where it is wrong itself', () => {
    assert.equal(refused('{ virus: off }', 'keys: [spma]'), '')
    assert.equal(refused('{ virus: off }', 'keys: [spma]', 'keys: [spam]'), 'virus')
  })

  it('is said in _domain.yaml and default.yaml alone', () => {
    const codesIn = (kind: Kind, text: string) =>
      read('f', kind, text).findings.problems.map(({ code, mend = '' }) => `${code}: ${mend}`)
    const elsewhere = ['misplaced: it stands in default.yaml and _domain.yaml']
    assert.deepEqual(codesIn('person', 'users: { keys: spam }'), elsewhere)
    assert.deepEqual(codesIn('group', 'for: [a@b.example]\nusers: { keys: spam }'), elsewhere)
    assert.deepEqual(codesIn('top group', 'for: [a@b.example]\nusers: { keys: spam }'), elsewhere)
    assert.deepEqual(codesIn('domain', 'users: { keys: [spam.jnk] }'), ['wrong-value: did you mean "spam.junk"?'])
    assert.deepEqual(codesIn('domain', 'users: { actions: [bounce] }').length, 1)
    assert.deepEqual(codesIn('site', 'users: { key: [spam] }'), ['unknown-key: did you mean "keys"?'])
    assert.match(codesIn('site', 'users: { keys: [enforce] }')[0] ?? '', /^wrong-value/)
  })

  it('knows every key that a person may write, and every place of an action', () => {
    const actions = ['deliver', 'junk', 'quarantine', 'discard', 'reject', 'defer']
    const places: string[] = []
    const visit = (schema: Schema, keys: readonly string[]): void => {
      for (const one of [schema, ...(schema.anyOf ?? [])])
        if (one.enum?.some(word => actions.includes(String(word))) === true) places.push(keys.join('.'))
      for (const part of schema.anyOf ?? []) if (part.type === 'object') visit(part, keys)
      if (schema.items !== undefined) visit(schema.items, [...keys, '[]'])
      for (const [key, part] of Object.entries(schema.properties ?? {})) visit(part, [...keys, key])
    }
    const person = kindSchema('person')
    visit(person, [])
    assert.ok(places.length >= 12, places.join())
    for (const place of places) {
      const keys = place.split('.')
      const word = (text: string) => (keys.at(-2) === 'down' ? `{ defer: 30m, then: ${text} }` : text)
      const path = keys.at(-2) === 'down' ? keys.slice(0, -1) : keys
      const [first = '', second, third] = path
      const value = word('junk')
      const text =
        second === undefined
          ? `${first}: ${value}`
          : second === '[]'
            ? `${first}: [{ ${third ?? ''}: ${value} }]`
            : `${first}: { ${second}: ${value} }`
      assert.match(refused(text, 'actions: []'), /junk$/, text)
    }
    for (const key of Object.keys(person.properties ?? {}))
      assert.deepEqual(read('f', 'domain', `users: { keys: [${key}] }`).findings.problems, [])
  })
})

/** What `users` of a domain allows in vain, where the site's `users` say this. */
function inVain(domain: string, site = ''): readonly Problem[] {
  const file = read('_domain.yaml', 'domain', `users: { ${domain} }`)
  adviseUsers(file, limitsOf(undefined, read('default.yaml', 'site', site === '' ? '' : `users: { ${site} }`)))
  return file.findings.problems
}

describe('a warning of what users allows in vain', () => {
  const vain: readonly (readonly [string, string, string])[] = [
    // A key that can say nothing without an action that is not allowed.
    ['keys: [spam.reject, spam.junk], actions: [junk]', '', 'spam.reject'],
    ['keys: [spam.reject]', 'actions: [junk]', 'spam.reject'],
    ['keys: [at_worst, spam]', 'actions: [discard, defer]', 'at_worst'],
    ['keys: [at_worst], actions: [reject]', '', ''],
    ['keys: [virus.unscannable, virus.down], actions: [defer]', '', 'virus.unscannable'],
    ['keys: [senders.action, senders.block], actions: []', '', 'senders.action'],
    // What can be said without any.
    [
      'keys: [spam, senders, attachments, virus, quarantine, size, rules, junk_folder, shadow, next_hop], actions: []',
      '',
      '',
    ],
    ['keys: [spam.text, spam.profile, senders.block, quarantine.keep], actions: []', '', ''],
    // An action that no key names.
    ['keys: [spam.junk, spam.discard], actions: [junk, reject]', '', 'spam.discard reject'],
    ['keys: [senders.block, junk_folder], actions: [junk]', '', 'junk'],
    ['actions: [junk, defer]', 'keys: [at_worst]', 'defer'],
    ['keys: [], actions: [junk]', '', 'junk'],
    ['keys: [rules], actions: [deliver, junk, quarantine, discard, reject, defer]', '', ''],
    ['keys: [spam], actions: [deliver, junk, quarantine, discard, reject, defer]', '', ''],
    ['keys: [virus.unscannable], actions: [discard, defer]', '', 'defer'],
    ['actions: [defer]', '', ''],
    // What the site does not allow, and nothing is told twice.
    ['keys: [virus, spam.junk]', 'keys: [spam], actions: [junk]', 'virus'],
    ['keys: [spam.reject], actions: [reject]', 'keys: [spam.junk], actions: [junk]', 'spam.reject reject'],
  ]
  for (const [domain, site, expected] of vain)
    it(`${expected === '' ? 'is not given' : `names ${expected}`} in { ${domain} } under { ${site} }`, () => {
      const problems = inVain(domain, site)
      const carets = problems.map(({ severity, code, excerpt = '', column, length }) => {
        assert.equal(`${severity} ${code}`, 'warning never')
        return excerpt.slice(column - 1, column - 1 + length)
      })
      assert.equal(carets.join(' '), expected)
    })

  it('says why, and what would be right', () => {
    const words = (...users: Parameters<typeof inVain>) =>
      inVain(...users).map(one => `${one.message}: ${one.mend ?? ''}`)
    assert.deepEqual(words('keys: [spam.reject]', 'actions: [junk, discard]'), [
      'nobody can write "spam.reject": it names reject, and users may use only junk, discard: allow such an action in default.yaml:1, or leave this key out',
    ])
    assert.deepEqual(words('keys: [at_worst], actions: []'), [
      'nobody can write "at_worst": it names deliver, junk, quarantine or reject, and users may use no action: allow such an action in _domain.yaml:1, or leave this key out',
    ])
    assert.deepEqual(words('keys: [spam.junk], actions: [junk, reject]'), [
      'nobody can use "reject": no key that users may set can name it: allow such a key in _domain.yaml:1, or leave this action out',
    ])
    assert.deepEqual(words('keys: [virus]', 'keys: [spam]'), [
      '"virus" is not allowed for the whole site, so nobody may use it here: see default.yaml:1',
    ])
  })

  it('is given in default.yaml too', () => {
    const root = rulesTree({ 'default.yaml': 'users: { keys: [spam.reject], actions: [junk] }' })
    const told = loadRules(root).warnings.map(({ severity, message }) => `${severity}: ${message}`)
    assert.equal(told.length, 2)
    assert.match(told.join('\n'), /^warning: nobody can write "spam\.reject".*\nwarning: nobody can use "junk"/)
  })

  it('is given while the gate runs, once, also if another file makes it so', async () => {
    const tree = new LiveTree({
      'default.yaml': '',
      'hosting.example/_domain.yaml': 'users: { keys: [spam.reject] }',
    })
    await tree.settle()
    tree.log()
    const changed = async (text: string): Promise<readonly string[]> => {
      tree.write('default.yaml', text)
      await tree.settle()
      return tree.log().slice(1)
    }
    assert.deepEqual(await changed('users: { actions: [junk] }\n'), [
      'warning: policy: problem="hosting.example/_domain.yaml:1:17: nobody can write \\"spam.reject\\": it names reject, and users may use only junk (allow such an action in default.yaml:1, or leave this key out)"',
    ])
    assert.deepEqual(await changed('# A line more.\nusers: { actions: [junk] }\n'), [])
    assert.deepEqual(await changed('users: { actions: [junk, reject] }\n'), [])
    assert.equal((await changed('users: { actions: [junk] }\n')).length, 1)
  })
})

describe("a person's file that says more than users allows", () => {
  const files = {
    'hosting.example/_domain.yaml': naming('domain', 'for: ["*@also.example"]', 'users: { keys: [rules, spam] }'),
    'hosting.example/carol.yaml': naming('carol', 'virus: off'),
    'hosting.example/dave.yaml': naming('dave', 'spam: { junk: 4 }'),
    'hosting.example/_admins.yaml': naming('admins', 'for: [erin@hosting.example]', 'virus: off'),
    'other.example/carol.yaml': naming('other', 'virus: off'),
  }

  it('counts as broken, under whatever address it is found', () => {
    const rules = loadRules(rulesTree(files)).current
    const codesFor = (to: string, orcpt?: string) => {
      const found = rules.policyFor(addressOf(to), orcpt === undefined ? undefined : addressOf(orcpt))
      return 'broken' in found ? found.broken.map(({ code }) => code).join() : 'fine'
    }
    assert.equal(codesFor('carol@hosting.example'), 'not-allowed')
    assert.equal(codesFor('Carol+x@also.example'), 'not-allowed')
    assert.equal(codesFor('carol@other.example', 'carol@hosting.example'), 'not-allowed')
    assert.equal(codesFor('carol@other.example'), 'fine')
    assert.equal(codesFor('dave@hosting.example'), 'fine')
    assert.equal(codesFor('erin@hosting.example'), 'fine')
  })

  it('keeps its last good version when it is changed to say so', async () => {
    const tree = new LiveTree({ ...files, 'hosting.example/carol.yaml': naming('carol') })
    await tree.settle()
    assert.equal(tree.filesFor('carol@hosting.example'), 'carol < domain')
    tree.log()
    tree.write('hosting.example/carol.yaml', naming('carol2', 'at_worst: junk'))
    await tree.settle()
    assert.equal(tree.filesFor('carol@hosting.example'), 'carol < domain')
    assert.deepEqual(tree.log(), [
      'policies reloaded: changes=1, files=5, broken=1',
      'error: broken policy file: problem="hosting.example/carol.yaml:1:1: users here may not set \\"at_worst\\", only rules, spam (the limit is set in hosting.example/_domain.yaml:2)", until_mended="the last good version counts"',
    ])
    tree.write('hosting.example/carol.yaml', naming('carol3'))
    await tree.settle()
    assert.equal(tree.filesFor('carol@hosting.example'), 'carol3 < domain')
    assert.deepEqual(tree.log().slice(1), ['policy file mended: file=hosting.example/carol.yaml'])
  })

  it('becomes wrong and right again without being touched, when the limit changes', async () => {
    const tree = new LiveTree(files)
    const domain = (...lines: string[]) =>
      tree.write('hosting.example/_domain.yaml', naming('domain', 'for: ["*@also.example"]', ...lines))
    await tree.settle()
    assert.equal(tree.filesFor('carol@hosting.example'), 'broken')
    assert.equal(tree.filesFor('dave@hosting.example'), 'dave < domain')
    assert.equal(tree.rules.state.broken, 1)
    assert.match(tree.log().at(-1) ?? '', /carol\.yaml:1:1: users here may not set .* until_mended="mail waits"/)
    const before = tree.rules.current
    tree.parsed.splice(0)

    domain('users: { keys: [rules, spam, virus] }')
    await tree.settle()
    assert.equal(tree.filesFor('carol@hosting.example'), 'carol < domain')
    assert.equal(tree.filesFor('carol@hosting.example', before), 'broken')
    assert.equal(tree.rules.state.broken, 0)
    assert.deepEqual(tree.log(), [
      'policies reloaded: changes=1, files=5, broken=0',
      'policy file mended: file=hosting.example/carol.yaml',
    ])

    domain('users: { keys: [rules] }')
    await tree.settle()
    // What counted before goes on to count: it was good then.
    assert.equal(tree.filesFor('carol@hosting.example'), 'carol < domain')
    assert.equal(tree.filesFor('dave@hosting.example'), 'dave < domain')
    assert.equal(tree.rules.state.broken, 2)
    const told = tree.log()
    assert.equal(told[0], 'policies reloaded: changes=1, files=5, broken=2')
    assert.deepEqual(
      told.slice(1).map(line => /hosting\.example\/\w+\.yaml:\d+:\d+.*"the last good version counts"/.test(line)),
      [true, true],
    )

    // Those who are as right or wrong as before are not told again.
    domain('# more', 'users: { keys: [rules, spam] }')
    await tree.settle()
    assert.deepEqual(tree.log().slice(1), ['policy file mended: file=hosting.example/dave.yaml'])
    tree.write('default.yaml', 'users: { actions: [reject] }\n')
    await tree.settle()
    assert.deepEqual(tree.log().length, 2)
    assert.equal(tree.rules.state.broken, 2)
    assert.equal(tree.filesFor('carol@hosting.example'), 'carol < domain')

    tree.remove('default.yaml')
    domain()
    await tree.settle()
    assert.equal(tree.rules.state.broken, 0)
    assert.deepEqual(tree.log().slice(1).sort(), [
      'policy file mended: file=hosting.example/carol.yaml',
      'policy file mended: file=hosting.example/dave.yaml',
    ])
    assert.deepEqual(
      tree.parsed.filter(file => /carol|dave/.test(file)),
      [],
    )
  })

  it('counts, and is told of, when it is needed for the first time after the limit changed', async () => {
    const tree = new LiveTree({ ...files, 'hosting.example/_domain.yaml': naming('domain') })
    await tree.settle()
    tree.write('hosting.example/_domain.yaml', naming('domain', 'users: { keys: [rules] }'))
    await tree.settle()
    tree.write('hosting.example/dave.yaml', naming('dave2', 'spam: { junk: 5 }'))
    await tree.settle()
    tree.log()
    assert.equal(tree.filesFor('carol@hosting.example'), 'carol < domain')
    assert.equal(tree.rules.state.broken, 1)
    assert.match(tree.log().join(), /carol\.yaml:1:1: users here .* until_mended="the last good version counts"$/)
    // What stood there before it was touched, nobody has read.
    assert.equal(tree.filesFor('dave@hosting.example'), 'broken')
    // Once used, it stays the last good one.
    tree.write('hosting.example/carol.yaml', naming('carol2', 'at_worst: junk'))
    await tree.settle()
    assert.equal(tree.filesFor('carol@hosting.example'), 'carol < domain')
    tree.write('hosting.example/_domain.yaml', naming('domain', 'users: { keys: [rules, at_worst] }'))
    await tree.settle()
    assert.equal(tree.filesFor('carol@hosting.example'), 'carol2 < domain')
    assert.equal(tree.filesFor('dave@hosting.example'), 'broken')
  })

  it('is not told of by transactions that began before the limit changed', async () => {
    const tree = new LiveTree(files)
    await tree.settle()
    const before = tree.rules.current
    tree.write('hosting.example/_domain.yaml', naming('domain'))
    await tree.settle()
    tree.log()
    assert.equal(tree.filesFor('carol@hosting.example', before), 'broken')
    assert.deepEqual(tree.log(), [])
    assert.equal(tree.rules.state.broken, 0)
    assert.equal(tree.filesFor('carol@hosting.example'), 'carol < domain')
  })
})
