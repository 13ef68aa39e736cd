import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { demo } from '../../../src/tools/demo.ts'
import { table } from '../../../src/tools/demo/table.ts'

describe('the demo', () => {
  it('shows mixed verdicts for one message, with file and line, in 100 columns, and leaves nothing behind', async () => {
    const left = () => readdirSync(tmpdir()).filter(name => name.startsWith(`lmtp-gate-demo-${process.pid}-`))
    let shown = ''
    const code = await demo(text => (shown += `${text}\n`))
    assert.equal(code, 0, shown)
    assert.deepEqual(left(), [])
    const [, first = ''] = shown.split(/^\d\. /m)
    for (const verdict of ['junk', 'discard', 'deliver']) assert.match(first, new RegExp(` ${verdict} `))
    assert.match(shown, / rules\/example\.org\/alice\.yaml:2 /)
    for (const verdict of ['reject', 'quarantine']) assert.match(shown, new RegExp(` ${verdict} `))
    assert.match(shown, /550 5\.1\.1 This address is no/)
    const stored = 'abuse 1, abuse/Junk 2, alice 1, alice/Junk 2, alice/Newsletters 1, ben 1, carol 1, dora 3'
    assert.ok(shown.replace(/\s+/g, ' ').includes(`Stored: ${stored} Quarantined: 4 messages`), shown)
    assert.match(shown, /scanner is built in, for trying out: it knows the test patterns EICAR and GTUBE alone/)
    assert.deepEqual(fates(shown, 'EICAR'), ['alice quarantine', 'ben discard', 'dora deliver', 'abuse junk'])
    assert.deepEqual(fates(shown, 'GTUBE'), [
      'alice junk',
      'ben discard',
      'carol quarantine',
      'dora deliver',
      'abuse junk',
    ])
    assert.match(shown, /Every reply was as its verdict says/)
    assert.doesNotMatch(shown, /!|\x1b/)
    for (const line of shown.split('\n')) assert.ok(line.length <= 100, line)
  })
})

/** What became of the message whose title names this, recipient by recipient. */
function fates(shown: string, pattern: string): string[] {
  const part = shown.split(/^\d\. /m).find(text => text.includes(`pattern ${pattern})`)) ?? ''
  return Array.from(
    part.matchAll(/^ {2}(\w+)@example\.org +(\w+)/gm),
    ([, who = '', verdict = '']) => `${who} ${verdict}`,
  )
}

describe('the demo with other policies', () => {
  it('marks what is not as it should be, and fails', async () => {
    const rules = mkdtempSync(join(tmpdir(), 'gate-no-rules-'))
    writeFileSync(join(rules, 'default.yaml'), '')
    let shown = ''
    const code = await demo(text => (shown += `${text}\n`), rules)
    rmSync(rules, { recursive: true })
    assert.equal(code, 1)
    assert.match(shown, /alice@example\.org +! deliver .* 250 /)
    assert.match(shown, /carol@example\.org +deliver /)
    assert.match(shown, /NOT every reply was as its verdict says/)
  })
})

describe('a table', () => {
  it('goes on in the next line at blanks, and anywhere if there are none', () => {
    assert.equal(
      table(
        [5, 4],
        ['a', 'b'],
        [
          ['one two three', '123456'],
          ['x\ny', ''],
        ],
      ),
      ['  a      b', '  -----  ----', '  one    1234', '  two    56', '  three', '  x', '  y'].join('\n'),
    )
  })
})
