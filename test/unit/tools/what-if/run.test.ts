/** `what-if` over much, with few and many threads, before somebody who watches, and over what is no mail. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import fc from 'fast-check'
import { nothingLearned, known } from '../../../../src/decide/facts.ts'
import { whatIf, type WhatIfOptions } from '../../../../src/tools/what-if/run.ts'
import { lineOf } from '../../../../src/watch/decisions/record.ts'
import { PaperScreen } from '../../../support/paper-screen.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gate-what-if-'))
  write('lmtp-gate.yaml', 'scanners: { spamd: inet:127.0.0.1:783 }\ndecisions: log\nlimits: { message: 64KB }\n')
  write('rules/default.yaml', 'spam: { junk: 6 }\n')
  write('new/default.yaml', 'spam: { junk: 5 }\n')
  mkdirSync(join(folder, 'log'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(path: string, text: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true })
  writeFileSync(join(folder, path), text)
}

async function run(
  paths: readonly string[],
  options: Partial<WhatIfOptions> = {},
  screen = new PaperScreen(),
): Promise<PaperScreen & { exitCode?: number }> {
  const all = { rules: join(folder, 'new'), config: join(folder, 'lmtp-gate.yaml'), ...options }
  const exitCode = await whatIf(
    paths.map(path => join(folder, path)),
    all,
    screen,
  )
  return Object.assign(screen, { exitCode })
}

/** Of 4 recipients each; scores from 0 to 9. */
function decisions(count: number): string {
  return Array.from({ length: count }, (_, i) =>
    lineOf({
      id: `t${i}`,
      begun: new Date(1_795_597_200_000),
      sender: { path: `a${i}@b.example`, params: [], size: undefined, body: undefined, smtputf8: false },
      client: undefined,
      stage: 'end of data',
      evidence: new Map([['', { ...nothingLearned, spam: known({ score: i % 10, symbols: ['x'.repeat(100)] }) }]]),
      recipients: ['a', 'b', 'c', 'd'].map(local => ({
        recipient: { path: `${local}@example.org`, params: [] },
        profile: '',
        verdict: { action: 'deliver', because: { step: 'default', words: '' }, place: 'built in' },
      })),
    }),
  ).join('')
}

const message = (score: number) =>
  `Return-Path: <a@b.example>\nDelivered-To: a@example.org\nX-Spam-Score: ${score}\n\nHello\n`

describe('what-if', () => {
  it('says the same with one thread and with many, of several files of decisions', async () => {
    for (const nth of [1, 2, 3]) write(`log/2026-11-25T10-00-00-000Z-1-${nth}.jsonl`, decisions(3000))
    const one = await run([], { list: true, cores: '1' })
    const many = await run([], { list: true, cores: '5' })
    assert.equal(one.out, many.out)
    assert.equal(one.exitCode, 2)
    assert.equal(one.out.match(/^deliver +\u2192 junk .* in t\d+ /gm)?.length, 3600)
    assert.match(one.out, /^9 000 decisions, 36 000 recipients, facts as recorded$/m)
    assert.match(one.out, /^ {2}3 600 {2}deliver \u2192 junk .* spam\.junk 5, was 6 \(default\.yaml:1\)$/m)
    assert.match(one.out, /^ 32 400 {2}unchanged$/m)
    const sources = Array.from(one.out.matchAll(/ in t(\d+) /g), ([, id]) => Number(id))
    const fives = Array.from({ length: 300 }, (_, i) => i * 10 + 5)
    assert.deepEqual(
      sources,
      [...fives, ...fives, ...fives].flatMap(id => [id, id, id, id]),
    )
  })

  it('says the same of messages with one thread and with many', async () => {
    for (let i = 0; i < 100; i += 1) write(`mails/${String(i % 7)}/${i}.eml`, message(i % 10))
    const one = await run(['mails'], { json: true, list: true, cores: '1' })
    const many = await run(['mails'], { json: true, list: true, cores: '4' })
    assert.equal(one.out, many.out)
    const { messages, cases } = JSON.parse(one.out) as { messages: number; cases: readonly object[] }
    assert.deepEqual([messages, cases.length], [100, 10])
  })

  it('shows a bar to those who watch, and of it nothing to a pipe', async () => {
    for (let i = 0; i < 40; i += 1) write(`mails/${i}.eml`, message(i % 10))
    const watched = await run(['mails'], { cores: '1' }, new PaperScreen(true))
    assert.match(watched.out, /^\[#{20}\] 40 messages, 40 recipients, facts as recorded, 1 core, \d+ s\n/)
    for (const bar of watched.bars) assert.match(bar, /^\[#* *\] \d+ %$/)
    assert.ok(watched.bars.length > 0)
    const piped = await run(['mails'], { cores: '1' })
    assert.match(piped.out, /^40 messages, 40 recipients, facts as recorded\n/)
  })

  it('tells of what is no mail, too large, or a link, and looks at the rest', async () => {
    write('mails/1', message(5))
    write('mails/2', message(5) + 'x\n'.repeat(33_000))
    write('mails/3', message(5) + 'x\n'.repeat(25_000))
    write('elsewhere/4', message(5))
    symlinkSync(join(folder, 'elsewhere/4'), join(folder, 'mails/4'))
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'mails/5'))
    symlinkSync(join(folder, 'nowhere'), join(folder, 'mails/6'))
    execFileSync('mkfifo', [join(folder, 'mails/7')])
    const { out, err, exitCode } = await run(['mails'])
    assert.match(out, /^2 messages, /)
    assert.match(out, /^ {6}5 {2}not looked at/m)
    assert.match(err, /mails\/2: larger than the gate takes \(limits\.message: 64KB\)$/m)
    assert.match(err, /mails\/3: the gate would not take it: 552 5\.3\.4 Message too big$/m)
    assert.match(err, /mails\/5: a link to a folder is not followed/m)
    assert.match(err, /mails\/6/m)
    assert.match(err, /mails\/7: this is no regular file$/m)
    assert.equal(exitCode, 2)
  })

  it('tells of few of very many failures, unless all are asked for', async () => {
    for (let i = 0; i < 30; i += 1) symlinkSync(folder, join(folder, 'log', `link${i}`))
    write('log/mail', message(1))
    const { err, exitCode } = await run(['log'])
    assert.equal(err.trimEnd().split('\n').length, 21)
    assert.match(err, /^and 10 more could not be looked at: --list names them$/m)
    assert.equal(exitCode, 1)
    assert.equal((await run(['log'], { list: true })).err.trimEnd().split('\n').length, 30)
  })

  it('ends when nobody reads any more, and leaves nothing behind', async () => {
    for (let i = 0; i < 40; i += 1) write(`mails/${i}.eml`, message(5))
    mkdirSync(join(folder, 'tmp'))
    const usual = process.env['TMPDIR']
    process.env['TMPDIR'] = join(folder, 'tmp')
    const screen = new (class extends PaperScreen {
      override write(): Promise<void> {
        return Promise.reject(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
      }
    })()
    const { exitCode, err } = await run(['mails'], { list: true, cores: '2' }, screen).finally(() => {
      if (usual === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = usual
    })
    assert.deepEqual([exitCode, err], [1, ''])
    const left = readdirSync(join(folder, 'tmp')).filter(name => name.startsWith('lmtp-gate'))
    assert.deepEqual(left, [])
  })

  it('counts every line and every file, whatever is in it', async () => {
    const [line = ''] = decisions(1).split('\n')
    const garbage = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.json({ maxDepth: 2 }),
      fc.tuple(fc.nat(line.length), fc.nat(8), fc.string({ maxLength: 4 })).map(([at, some, text]) => {
        return `${line.slice(0, at)}${text}${line.slice(at + some)}`
      }),
      fc.constantFrom(
        line.replace(/"at":\d+/, '"at":1e300'),
        line.replaceAll('@example.org', ''),
        line.replace(/"to":\[.*\],"facts"/, '"to":[],"facts"'),
        line.replace(/"path":"[^"]*"/, '"path":"\\u0000../../x@\\ud800"'),
      ),
    )
    const all = fc.array(
      garbage.map(text => text.replace(/\n/g, '') || '{}'),
      { minLength: 20, maxLength: 20 },
    )
    await fc.assert(
      fc.asyncProperty(all, async lines => {
        rmSync(join(folder, 'garbage'), { recursive: true, force: true })
        write('garbage/2026-11-25T10-00-00-000Z-1-1.jsonl', lines.join('\n'))
        for (const [i, text] of lines.entries()) write(`garbage/${i}.eml`, `${text.replaceAll(',', '\n')}\n`)
        const { out } = await run(['garbage'], { json: true, cores: '1' })
        const { messages, failed } = JSON.parse(out) as { messages: number; failed: number }
        assert.equal(messages + failed, 2 * lines.length)
      }),
      { numRuns: 5 },
    )
  })

  it('asks the scanners of the configuration, if it is to', async () => {
    write('lmtp-gate.yaml', 'scanners: { header: { score: X-Own-Score } }\n'.replace('X-Own-Score', 'X-Spam-Status'))
    write('mails/1', 'Return-Path: <a@b.example>\nX-Spam-Score: 1\nX-Spam-Status: Yes, score=5.5 tests=BULK\n\nHello\n')
    const recorded = await run(['mails'], { to: ['a@example.org'] })
    assert.match(recorded.out, /facts as recorded\n[^]*^Nothing changes\.$/m)
    const asked = await run(['mails'], { to: ['a@example.org'], scan: true })
    assert.match(asked.out, /facts by header now\n[^]* deliver \u2192 junk /)
  })

  it('says what is wrong with options, and that nothing is there', async () => {
    write('mails/1', message(1))
    mkdirSync(join(folder, 'empty'))
    const said = async (paths: string[], options: Partial<WhatIfOptions>) => {
      const { out, err, exitCode } = await run(paths, options)
      assert.deepEqual([out, exitCode], ['', 1])
      return err
    }
    assert.match(await said(['mails'], { cores: '0' }), /--cores: "0" is no number of threads/)
    assert.match(await said(['mails'], { facts: 'score=1', scan: true }), /leave one out/)
    assert.match(await said(['mails'], { client: 'x' }), /--client: "x" is no address/)
    assert.match(await said(['empty'], {}), /there is nothing to look at/)
    assert.match(await said([], {}), /there is nothing to look at/)
    assert.match(await said(['mails'], { rules: join(folder, 'mails/1') }), /is no folder/)
  })
})
