/** The schemas for editors: as shipped, and never stricter than the reading of policy files; as strict, where a schema can be. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { parseDocument } from 'yaml'
import { Source } from '../../../src/decide/problem.ts'
import { readPolicyFile } from '../../../src/decide/read/policy-file.ts'
import type { Schema } from '../../../src/decide/read/schema.ts'
import { kindSchema, schemas, schemaText, type SchemaName } from '../../../src/tools/schema.ts'
import { schemaNames, schemaTakes } from '../../support/schemas.ts'

function readerTakes(name: SchemaName, text: string): boolean {
  return !readPolicyFile(new Source('f.yaml', text), schemas[name].kinds[0], '+').findings.broken
}

/** Right for some key or other, and what people write instead. */
const values: readonly string[] = [
  ...'0 7 42 4.5 -1 -0.5 007 1e3 0x10 0o17 1_000 .5 1. +5 12345678 1.2345 999999999999999 1234567890123456'.split(' '),
  ...'5M 5MB 5mb 1g 500k 1.5M 30s 30m 4h 7d 2w 0m 00s 30M 1y 1h30m "7d"'.split(' '),
  ...'never Never off on yes no true false "true" True null ~ [] {} [a] [[a]]'.split(' '),
  ...'deliver junk quarantine discard reject defer Junk bounce pass fail none softfail virus spam attachments'.split(
    ' ',
  ),
  ...'a.example anna@a.example "*@a.example" "*.top" "news*@*" "*" <> <a@b.example> .top "@x.example" a@'.split(' '),
  ...'alice+shop@example.org "abuse@*" alice ALICE@Example.ORG grüße.example _x@a.example'.split(' '),
  ...'10.0.0.0/8 10.1.2.3/8 192.0.2.7 10.1.2 ::1 2001:db8::/32 ::/0 fe80::1%eth0'.split(' '),
  ...'2027-01-31 2027-02-30 2027-13-01 31.1.2027 2027-1-1'.split(' '),
  ...'Lists.Postfix Lists/Spam ../other /abs a//b a. INBOX ~x " " "" "*.exe" "???" .exe exe image/* BAYES_99'.split(
    ' ',
  ),
  ...'5.1.1 "5.1.1 " 550 "550" 5501 q@x,r@y {local}@{domain} "{local}@{domain}" "q+{local}@a.example"'.split(' '),
  ...'inet:10.0.0.1:24 unix:/run/lmtp inet:mail.example.org:24 inet:a unix:run 127.0.0.1:24'.split(' '),
  '50 MB',
  'a b',
  '" Junk "',
  '"a\\nb"',
  '"a\\tb"',
  '\'"john doe"@x.example\'',
  '5.1.1 No such address',
  '4.7.1 Later',
  '2.0.0 Fine',
  '550 5.1.1 No',
  '"Sorry, gone"',
  '"> 5MB"',
  "'/rechnung|invoice/'",
  "'/a(b/'",
  '/./',
  'Wirklich?',
  '"Re: *"',
  '{ a: b }',
  '{ min: 1 }',
  '{ max: 3 }',
  '{ min: 5MB, max: 1K }',
  '{ X-Name: text }',
  '{ Received: a }',
  '{ "X Y": a }',
  '{ X-A: 7, X-B: "" }',
  '{ defer: 30m, then: junk }',
  '{ defer: 30m }',
  '[junk, reject]',
  '[spam, size]',
  '[{ detail: a }, { size: { min: 1 } }]',
]

/** What no schema sees: bits of addresses, days of months, digits of numbers, codes that the action decides about, details. */
const beyond = [
  '10.1.2.3/8',
  '2027-02-30',
  '1.2345',
  '550',
  '4.7.1 Later',
  'alice+shop@example.org',
  '"q+{local}@a.example"',
]

/** To an editor `0x10` is the number 16, however it was written. */
const hidden = new Set(
  values.filter(value => {
    const seen: unknown = parseDocument(value, { logLevel: 'silent' }).toJS()
    return seen === null || (['number', 'boolean'].includes(typeof seen) && JSON.stringify(seen) !== value)
  }),
)

/** The place of a value in a file: the keys on the way, 0 for an entry of a list. */
type Path = readonly (string | 0)[]

/** Of those that `isWanted`. */
function pathsIn(schema: Schema, isWanted: (schema: Schema) => boolean = () => true, path: Path = []): readonly Path[] {
  const { properties = {}, anyOf = [], items } = schema
  const inside = (part: Schema, at: Path) => pathsIn(part, isWanted, at)
  const below = [
    ...Object.entries(properties).flatMap(([key, part]) => [
      ...(isWanted(part) ? [[...path, key]] : []),
      ...inside(part, [...path, key]),
    ]),
    ...(items?.type === 'object' ? inside(items, [...path, 0]) : []),
    ...anyOf.filter(({ type }) => type === 'object').flatMap(part => inside(part, path)),
  ]
  return below
}

/** Of the kinds of files, each place once; `unless` is read as `when` is. */
function pathsOf(name: SchemaName): readonly Path[] {
  const paths = pathsIn(kindSchema(schemas[name].kinds[0])).filter(
    path => !path.includes('when') && !path.includes('unless'),
  )
  if (name === 'person') return paths
  const known = new Set(pathsIn(kindSchema('person')).map(path => path.join('.')))
  return paths.filter(path => !known.has(path.join('.')))
}

/** A file that says nothing but this, and what belongs to it. */
function fileWith(name: SchemaName, path: Path, value: string): string {
  const lines = name === 'group' && path[0] !== 'for' ? ['for: [a@b.example]'] : []
  let indent = ''
  for (const [i, key] of path.entries()) {
    const before = path[i - 1] === 0 ? `${indent.slice(2)}- ` : indent
    if (key !== 0) lines.push(`${before}${key}:${i === path.length - 1 ? ` ${value}` : ''}`)
    indent += key === 0 ? '' : path[i + 1] === 0 ? '    ' : '  '
  }
  const beside = indent.slice(2)
  const rule = path.indexOf(0)
  const inRule = path[rule + 1]
  if (rule > 0 && inRule !== 'then' && inRule !== 'folder' && inRule !== 'headers')
    lines.push(`${'  '.repeat(rule)}  then: ${inRule === 'text' ? 'reject' : 'junk'}`)
  if (path.at(-2) === 'down') lines.push(`${beside}${path.at(-1) === 'then' ? 'defer: 30m' : 'then: junk'}`)
  return `${lines.join('\n')}\n`
}

describe('the schemas', () => {
  for (const name of schemaNames) {
    it(`are shipped as they are generated: ${name}`, () => {
      const shipped = new URL(`../../../rules/${name}.schema.json`, import.meta.url)
      assert.equal(readFileSync(shipped, 'utf8'), schemaText(name), 'npm run schemas')
    })

    it(`say what each key means: ${name}`, () => {
      const silent = pathsIn(kindSchema(schemas[name].kinds[0]), ({ description = '' }) => description === '')
      assert.deepEqual(silent, [])
    })

    if (name === 'policy') continue
    it(`take every value that is read without an error, and refuse what is refused: ${name}`, () => {
      const stricter: string[] = []
      const milder: string[] = []
      for (const path of pathsOf(name)) {
        let taken = 0
        for (const value of values) {
          const text = fileWith(name, path, value)
          const bySchema = schemaTakes(name, text)
          const byReader = readerTakes(name, text)
          if (byReader) taken += 1
          const byBoth = bySchema !== false && schemaTakes('policy', text) !== false
          if (byReader && !byBoth) stricter.push(text)
          if (!byReader && bySchema === true && !beyond.includes(value) && !hidden.has(value)) milder.push(text)
        }
        assert.notEqual(taken, 0, `of no value: ${path.join('.')}`)
      }
      assert.deepEqual(stricter, [])
      assert.deepEqual(milder, [])
    })
  }
})
