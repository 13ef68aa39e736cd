/** Looking at the quarantine: what is listed, what is shown, and that nothing of a message commands the terminal. */
import assert from 'node:assert/strict'
import { renameSync, truncateSync } from 'node:fs'
import * as disk from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Quarantine } from '../../../src/deliver/quarantine.ts'
import type { QuarantineEntry } from '../../../src/deliver/quarantine.ts'
import { Shelf } from '../../../src/deliver/quarantine/shelf.ts'
import type { Disk } from '../../../src/deliver/quarantine/files.ts'
import { chosenBy } from '../../../src/tools/quarantine/choice.ts'
import { filterOf } from '../../../src/tools/quarantine/filter.ts'
import type { Filter, FilterOptions } from '../../../src/tools/quarantine/filter.ts'
import { headerLines } from '../../../src/tools/quarantine/header-lines.ts'
import { list, show } from '../../../src/tools/quarantine/look.ts'
import { asciiJson } from '../../../src/tools/quarantine/shown.ts'
import { FakeClock } from '../../support/clock.ts'
import { entryFor } from '../../support/quarantine-entry.ts'
import { namesIn, quarantineFolders, written } from '../../support/quarantine.ts'
import { messageOf, recipientOf, senderOf } from '../../support/scripted-server.ts'

const newFolder = quarantineFolders()
const hour = 3_600_000

function bench(files?: Disk) {
  const folder = newFolder()
  const clock = new FakeClock()
  const quarantine = new Quarantine(folder, clock)
  const keep = async (path: string, more: Partial<QuarantineEntry> = {}): Promise<string> => {
    const kept = await quarantine.keep(entryFor(path, more))
    return kept.kind === 'kept' ? kept.id : assert.fail(kept.cause)
  }
  const filter = (options: FilterOptions = {}): Filter => {
    const made = filterOf(options, clock.date().getTime())
    return typeof made === 'string' ? assert.fail(made) : made
  }
  return { folder, clock, keep, filter, shelf: new Shelf(folder, files) }
}

/** Recipients of what is listed. */
async function listed({ shelf, filter }: ReturnType<typeof bench>, options: FilterOptions = {}): Promise<string[]> {
  const out = written()
  assert.equal(await list(shelf, filter(options), true, out), 0)
  return out.lines.map(line => (JSON.parse(line) as { recipient: { path: string } }).recipient.path)
}

describe('quarantine list', () => {
  it('has one line per entry, oldest first', async () => {
    const { shelf, clock, keep, filter } = bench()
    const ids: string[] = []
    for (const name of ['carol', 'alice', 'bob']) {
      ids.push(await keep(`${name}@x.example`, { sender: senderOf(name === 'bob' ? '' : 's@y.example') }))
      clock.advance(hour)
    }
    const out = written()
    assert.equal(await list(shelf, filter(), false, out), 0)
    const short = ids.map(id => id.slice(0, 12))
    assert.deepEqual(out.lines, [
      'date                  id                size  recipient, sender, reason',
      `2026-11-22T06:00:00Z  ${short[0]}  21 octets  <carol@x.example> from <s@y.example>, rules: rule 2`,
      `2026-11-22T07:00:00Z  ${short[1]}  21 octets  <alice@x.example> from <s@y.example>, rules: rule 2`,
      `2026-11-22T08:00:00Z  ${short[2]}  21 octets  <bob@x.example> from <>, rules: rule 2`,
    ])
  })

  it('says so when there is none', async () => {
    const { shelf, filter } = bench()
    const out = written()
    assert.equal(await list(shelf, filter(), false, out), 0)
    assert.deepEqual([out.lines, out.complaints], [[], ['No entries.']])
  })

  it('finds by recipient, sender, reason and age', async () => {
    const all = bench()
    const { keep, clock } = all
    await keep('old@a.example', { sender: senderOf('') })
    clock.advance(48 * hour)
    await keep('Alice+x@sub.b.example', { reason: { step: 'senders', words: 'block *.TOP' } })
    clock.advance(hour)
    await keep('ben@b.example', { sender: senderOf('news@offers.top') })
    const cases: readonly (readonly [FilterOptions, readonly string[]])[] = [
      [{ to: 'b.example' }, ['Alice+x@sub.b.example', 'ben@b.example']],
      [{ to: 'ALICE*@*' }, ['Alice+x@sub.b.example']],
      [{ from: '<>' }, ['old@a.example']],
      [{ from: '*.top' }, ['ben@b.example']],
      [{ from: '*' }, ['Alice+x@sub.b.example', 'ben@b.example']],
      [{ reason: '*.top' }, ['Alice+x@sub.b.example']],
      [{ reason: 'Senders: BLOCK' }, ['Alice+x@sub.b.example']],
      [{ since: '1h' }, ['Alice+x@sub.b.example', 'ben@b.example']],
      [{ olderThan: '1h' }, ['old@a.example']],
      [{ since: '2d', olderThan: '30m' }, ['Alice+x@sub.b.example']],
      [{ since: '2026-11-24' }, ['Alice+x@sub.b.example', 'ben@b.example']],
      [{ olderThan: '2026-11-24' }, ['old@a.example']],
      [{ to: 'a.example', from: '*.top' }, []],
    ]
    for (const [options, expected] of cases)
      assert.deepEqual(await listed(all, options), expected, JSON.stringify(options))
  })

  const wrong: readonly (readonly [FilterOptions, RegExp])[] = [
    [{ to: '<a@x>' }, /^--to: an address stands here without < and >: write a@x$/],
    [{ from: '' }, /^--from: this is no address pattern/],
    [{ since: 'yesterday' }, /^--since: this is no time: write how long ago, such as 12h/],
    [{ olderThan: '2026-02-30' }, /^--older-than: this is no time/],
  ]
  for (const [options, expected] of wrong)
    it(`refuses ${JSON.stringify(options)}`, () => {
      const made = filterOf(options, 0)
      assert.match(typeof made === 'string' ? made : 'fine', expected)
    })

  it('marks what is being released', async () => {
    const { shelf, folder, keep, filter } = bench()
    await keep('a@x')
    const [name = ''] = namesIn(folder)
    renameSync(join(folder, name), join(folder, `${name}.releasing-20261122T060001000Z`))
    const [text, json] = [written(), written()]
    await list(shelf, filter(), false, text)
    await list(shelf, filter(), true, json)
    assert.match(text.lines[1] ?? '', / \(being released\)$/)
    const { state, since } = JSON.parse(json.lines[0] ?? '') as Record<string, string>
    assert.deepEqual([state, since], ['releasing', '2026-11-22T06:00:01.000Z'])
  })

  it('complains of what cannot be read, and lists the rest', async () => {
    const { shelf, folder, keep, filter } = bench()
    const id = await keep('a@x')
    truncateSync(join(folder, namesIn(folder)[0] ?? '', 'entry.json'))
    await keep('b@x')
    const out = written()
    assert.equal(await list(shelf, filter(), false, out), 1)
    assert.equal(out.lines.length, 2)
    assert.deepEqual(out.complaints, [`${id}: cannot be read: entry.json: no JSON`])
  })

  it('reads entries as they are asked for, and none when nobody reads any more', async () => {
    let opened = 0
    const counting: Disk = {
      ...disk,
      open: (path, flags, mode) => {
        if (String(path).endsWith('entry.json')) opened += 1
        return disk.open(path, flags, mode)
      },
    }
    const { shelf, keep, filter } = bench(counting)
    for (let i = 0; i < 100; i += 1) await keep('a@x')
    for await (const chosen of chosenBy(shelf, filter())) {
      assert.ok('entry' in chosen)
      break
    }
    assert.ok(opened <= 32, `${opened} entries read for one`)
    opened = 0
    const out = written({ closedAfter: 3 })
    assert.equal(await list(shelf, filter(), true, out), 0)
    assert.deepEqual([out.lines.length, opened <= 32], [3, true])
    opened = 0
    await list(shelf, filter({ olderThan: '1h' }), true, out)
    assert.equal(opened, 0, 'the age is in the name')
  })
})

describe('quarantine show', () => {
  it('shows envelope, reason, facts, and the header of the message', async () => {
    const { shelf, keep } = bench()
    const id = await keep('alice@x', {
      message: messageOf(['From: =?utf-8?q?=C3=84nne?= <a@y>\r\nSubject: Hello\r\n there\r\n\r\nSubject: body\r\n']),
      facts: JSON.stringify({ score: 3, name: 'é' }),
      client: {
        name: undefined,
        address: '10.0.0.1',
        port: undefined,
        proto: 'ESMTP',
        helo: 'x',
        ident: '4dD',
        source: undefined,
      },
    })
    const out = written()
    assert.equal(await show(shelf, id.slice(0, 8).toUpperCase(), { json: false, raw: false }, out), 0)
    assert.deepEqual(out.lines, [
      `id             ${id}`,
      'state          kept',
      'date           2026-11-22T06:00:00Z, stays until 2026-12-22T06:00:00Z at the latest',
      'to             <alice@x> NOTIFY=NEVER',
      'from           <s@example.org> SIZE=10',
      'reason         rules: rule 2',
      'policy         rules/default.yaml:3',
      'transaction    t1',
      'size           76 octets',
      'client address 10.0.0.1',
      'client proto   ESMTP',
      'client helo    x',
      'client ident   4dD',
      'facts',
      '  {',
      '    "score": 3,',
      '    "name": "\\u00e9"',
      '  }',
      'From           Änne <a@y>',
      'Subject        Hello there',
      'header',
      '  From: =?utf-8?q?=C3=84nne?= <a@y>',
      '  Subject: Hello',
      '   there',
    ])
  })

  it('shows the same to programs', async () => {
    const { shelf, keep } = bench()
    const id = await keep('alice@x', { message: messageOf(['Subject: \xe9\r\n\r\n']) })
    const out = written()
    await show(shelf, id, { json: true, raw: false }, out)
    const shown = JSON.parse(out.lines.join('\n')) as Record<string, unknown>
    assert.deepEqual([shown['id'], shown['header'], shown['header_is_whole']], [id, ['Subject: \xe9'], true])
    assert.equal(shown['until'], '2026-12-22T06:00:00.000Z')
  })

  it('lets nothing of a message, an address, a client or the facts command the terminal', async () => {
    const nasty = fc.string({
      unit: fc.constantFrom(...Array.from('\x1b\x9b\x07\r\n\0\x7f\xe2\x80\xae[]2J;m: ab=?')),
      maxLength: 30,
    })
    await fc.assert(
      fc.asyncProperty(nasty, nasty, nasty, async (header, path, facts) => {
        const { shelf, keep, filter } = bench()
        const wire = path.replace(/[\0-\x1f\x7f]/g, 'x')
        const helo = {
          name: facts,
          address: facts,
          port: facts,
          proto: facts,
          helo: facts,
          ident: facts,
          source: facts,
        }
        const id = await keep(`a${wire}`, {
          message: messageOf([`Subject: ${header}\r\nFrom:${header}\r\n${header}\r\n\r\n`]),
          sender: senderOf(wire, [wire]),
          recipient: recipientOf(`a${wire}`, [wire]),
          reason: { step: 'rules', words: facts },
          client: helo,
          facts: JSON.stringify({ [facts]: facts }),
          transaction: facts,
        })
        const out = written()
        await show(shelf, id, { json: false, raw: false }, out)
        await show(shelf, id, { json: true, raw: false }, out)
        await list(shelf, filter(), false, out)
        await list(shelf, filter(), true, out)
        assert.ok(out.lines.length > 20)
        for (const line of out.lines) assert.match(line, /^[\n\x20-\x7e\p{L}\p{M}\p{N}\p{P}\p{S}]*$/u)
        assert.deepEqual(out.complaints, [])
      }),
      { numRuns: 60 },
    )
  })

  it('gives the message octet by octet, but not to a terminal', async () => {
    const { shelf, keep } = bench()
    const text = `Subject: \x1b[2J\xff\r\n\r\n${'\0'.repeat(700_000)}`
    const id = await keep('a@x', { message: messageOf([text]) })
    const out = written()
    assert.equal(await show(shelf, id, { json: false, raw: true }, out), 0)
    assert.equal(out.given.toString('latin1'), text)
    const terminal = written({ isTerminal: true })
    assert.equal(await show(shelf, id, { json: false, raw: true }, terminal), 1)
    assert.equal(terminal.given.length, 0)
  })

  it('takes the beginning of an id, if only one entry has it', async () => {
    const { shelf, folder, keep } = bench()
    const id = await keep('a@x')
    const [name = ''] = namesIn(folder)
    await disk.cp(join(folder, name), join(folder, `${name.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`), {
      recursive: true,
    })
    const told = async (asked: string) => {
      const out = written()
      assert.equal(await show(shelf, asked, { json: false, raw: false }, out), asked === id ? 0 : 1)
      return out.complaints.join()
    }
    assert.equal(await told(id), '')
    assert.equal(await told(id.slice(0, 31)), `${id.slice(0, 31)}: several entries begin with that, write more of it`)
    assert.equal(await told(id.slice(0, 7)), `${id.slice(0, 7)}: too short, an id needs 8 digits`)
    assert.equal(await told('0'.repeat(32)), `${'0'.repeat(32)}: no such entry`)
    assert.equal(await told('../../\x1b'), '../../\\x1b: this is no id')
    assert.equal(await told(''), ': this is no id')
  })

  it('says what is wrong with an entry that is not whole', async () => {
    const { shelf, folder, keep } = bench()
    const id = await keep('a@x')
    await disk.rm(join(folder, namesIn(folder)[0] ?? '', 'message.eml'))
    const out = written()
    assert.equal(await show(shelf, id, { json: false, raw: false }, out), 1)
    assert.deepEqual(out.complaints, [`${id}: it cannot be read: ENOENT`])
  })
})

describe('the header of a kept message', () => {
  const samples: readonly (readonly [readonly string[], readonly string[], boolean])[] = [
    [['A: b\r\n', 'C: d\r', '\n\r\n', 'E: f\r\n'], ['A: b', 'C: d'], true],
    [['\r\nbody: x\r\n\r\n'], [], true],
    [['A: b\r\n'], ['A: b'], true],
    [[], [], true],
    [[`A: ${'x'.repeat(70_000)}\r\n\r\n`], [`A: ${'x'.repeat(65_533)}`], false],
  ]
  for (const [pieces, lines, isWhole] of samples)
    it(JSON.stringify(pieces.map(piece => piece.slice(0, 20))), async () =>
      assert.deepEqual(await headerLines(messageOf(pieces)), { lines, isWhole }),
    )
})

describe('JSON for terminals', () => {
  it('is ASCII, and the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        const text = asciiJson(value)
        assert.match(text, /^[\x20-\x7e]*$/)
        assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})
