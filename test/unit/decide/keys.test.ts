/** Every key of policy files counts: a message whose fate is another without it, for each (keys.txt). */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { isMap, isSeq, parseDocument, type YAMLMap } from 'yaml'
import { addressOf } from '../../../src/address.ts'
import type { Schema } from '../../../src/decide/read/schema.ts'
import { endpointText } from '../../../src/deliver/endpoint.ts'
import { kindSchema } from '../../../src/tools/schema.ts'
import { parseTime, timeText } from '../../../src/units.ts'
import { abilitiesOf, factsOf, said, wordsIn } from '../../support/case-words.ts'
import { loadRules } from '../../support/live-rules.ts'
import { rulesTree } from '../../support/rules-tree.ts'

/** `otherwise`: the files with which the outcome must be another; undefined: without the key. */
type Row = {
  readonly line: number
  readonly key: string
  readonly facts: string
  readonly files: Files
  readonly outcome: string
  readonly otherwise: Files | undefined
}

/** By name, nearest first: `alice.yaml`, `_domain.yaml`. */
type Files = ReadonlyMap<string, string>

const rows = readFileSync(new URL('keys.txt', import.meta.url), 'utf8')
  .split('\n')
  .flatMap((text, i): Row[] => {
    if (text === '' || text.startsWith('#')) return []
    const [key = '', facts = '', files = '', outcome = '', otherwise] = text
      .split(/(?<= )\|(?= )/)
      .map(part => part.trim())
    return [
      {
        line: i + 1,
        key,
        facts,
        files: filesIn(files),
        outcome,
        otherwise: otherwise === undefined ? undefined : filesIn(otherwise),
      },
    ]
  })

function filesIn(text: string): Files {
  return new Map(
    text.split(' || ').map(part => {
      const [, name = '_domain.yaml', policy = ''] = /^(?:(\S+\.yaml)> )?(.*)$/.exec(part.trim()) ?? []
      return [name, `{ ${policy} }`]
    }),
  )
}

const usualKeep = parseTime('30d')

function outcomeOf(files: Files, facts: string): string {
  const given = wordsIn(facts)
  const tree = new Map(Array.from(files, ([name, text]) => [`example.org/${name}`, text]))
  const rules = loadRules(rulesTree(Object.fromEntries(tree)), { abilities: abilitiesOf(given) })
  const found = rules.current.policyFor(addressOf(given.get('to') ?? 'alice@example.org'), undefined)
  if ('broken' in found) return `broken (${found.broken.map(({ code }) => code).join()})`
  const { keeping, nextHop, profile } = found.policy
  return [
    said(factsOf(given), found.policy),
    ...(keeping.keep === usualKeep ? [] : [`keep ${timeText(keeping.keep)}`]),
    ...(keeping.mailbox === undefined ? [] : [`in ${keeping.mailbox}`]),
    ...(nextHop === undefined ? [] : [`by ${nextHop.value.map(endpointText).join()}`]),
    ...(profile === '' ? [] : [`as ${profile}`]),
  ].join(' ')
}

/** Takes the key out where it stands first, and the table around it if nothing is left in it. */
function without(files: Files, key: string): Files {
  const changed = new Map(files)
  for (const [name, text] of files) {
    const document = parseDocument(text)
    const path = pathOf(document.contents, key.replace(/^when\./, 'rules.when.').split('.'))
    if (path === undefined) continue
    for (let at = path; at.length > 0; at = at.slice(0, -1)) {
      document.deleteIn(at)
      const around = document.getIn(at.slice(0, -1))
      if (!isMap(around) || around.items.length > 0) break
    }
    changed.set(name, String(document))
    return changed
  }
  return assert.fail(`${key} does not stand there`)
}

function pathOf(node: unknown, keys: readonly string[]): (string | number)[] | undefined {
  const [first, ...rest] = keys
  if (first === undefined) return []
  if (isSeq(node)) {
    const path = pathOf(node.items[0], keys)
    return path && [0, ...path]
  }
  if (!isMap(node) || !node.has(first)) return undefined
  const path = pathOf(node.get(first, true), rest)
  return path && [first, ...path]
}

const enforced = ['size', 'senders', 'rules', 'attachments', 'spam', 'virus', 'at_worst']

/** The same in `enforce`, as far as it may stand there. */
function withEnforce(files: Files): Files {
  return new Map(
    Array.from(files, ([name, text]) => {
      const document = parseDocument<YAMLMap>(text)
      const inside = document.createNode({}) as YAMLMap
      for (const key of enforced) {
        if (!document.has(key)) continue
        inside.set(key, document.get(key, true))
        document.delete(key)
      }
      document.set('enforce', inside)
      return [name, String(document)]
    }),
  )
}

/** Dotted, without numbers: `size.max`, `rules.then`, `when.subject`; what can only be a table is left to its keys. */
function keysIn(schema: Schema, path: string): readonly string[] {
  const { properties = {}, anyOf = [], items } = schema
  const own = Object.entries(properties).flatMap(([key, inner]) => {
    const name = path === '' ? key : `${path}.${key}`.replace(/^rules\.(?=(?:when|unless)\.)/, '')
    return [...(inner.properties === undefined ? [name] : []), ...keysIn(inner, name)]
  })
  return [...own, ...[...anyOf, ...(items === undefined ? [] : [items])].flatMap(part => keysIn(part, path))]
}

const known = new Set(
  (['person', 'group', 'top group', 'domain', 'site'] as const).flatMap(kind => keysIn(kindSchema(kind), '')),
)

describe('a key that counts:', () => {
  for (const row of rows) {
    const { key, facts, files, outcome } = row
    it(`${key}, line ${row.line}`, () => {
      assert.equal(outcomeOf(files, facts), outcome)
      assert.notEqual(outcomeOf(row.otherwise ?? without(files, key), facts), outcome)
    })

    if (!isTriedInEnforce(row)) continue
    it(`${key} in enforce, line ${row.line}`, () => {
      const there = withEnforce(files)
      const other = row.otherwise === undefined ? without(there, `enforce.${key}`) : withEnforce(row.otherwise)
      assert.notEqual(outcomeOf(there, facts), outcomeOf(other, facts))
    })
  }

  it('all that files may have', () => {
    const tried = new Set([
      ...rows.map(({ key }) => key),
      ...rows.filter(isTriedInEnforce).map(({ key }) => `enforce.${key}`),
    ])
    // Conditions are read alike in unless, and in enforce.
    const wanted = [...known].filter(key => !/\bunless\.|\benforce\.rules\.when\./.test(key))
    assert.deepEqual([...tried].sort(), wanted.sort())
  })

  it('all that rules/README.md has in its tables', () => {
    const readme = readFileSync(new URL('../../../rules/README.md', import.meta.url), 'utf8')
    const tables = Array.from(
      readme.matchAll(/^\| (?:key|condition) \|.*\n\| ---.*\n((?:\|.*\n)+)/gm),
      ([, rows = '']) => rows,
    )
    assert.equal(tables.length, 3)
    const documented = tables.flatMap((table, i) =>
      namesIn(table).map(name => `${['', 'rules.', 'when.'][i] ?? ''}${name}`),
    )
    // A section as a whole is documented by its keys.
    const isSection = (name: string) => documented.some(other => other.startsWith(`${name}.`)) && name !== 'rules'
    const wanted = [...known]
      .filter(key => !key.startsWith('unless.'))
      .map(key => (key.startsWith('enforce.') ? 'enforce' : key.split('.').slice(0, 2).join('.')))
      .filter(name => !isSection(name))
    assert.deepEqual(documented.sort(), [...new Set(wanted)].sort())
  })
})

/** What stands in backticks in the first cells; `.allow` behind `attachments.block` is `attachments.allow`. */
function namesIn(table: string): readonly string[] {
  return Array.from(table.matchAll(/^\| (`[^|]*`) \|/gm), ([, cell = '']) => {
    const names = cell.replaceAll('`', '').split(', ')
    const section = names[0]?.split('.')[0] ?? ''
    return names.map(name => (name.startsWith('.') ? section + name : name))
  }).flat()
}

/** Keys of conditions are those of rules. */
function isTriedInEnforce({ key, files }: Row): boolean {
  const isExplicit = rows.some(other => other.key === `enforce.${key}`)
  return !isExplicit && files.size === 1 && known.has(`enforce.${key}`)
}
