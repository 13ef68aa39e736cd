/** Evidence is found out once for what comes again, and only known evidence is kept. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cachedSpam, cachedVirus } from '../../../../src/assess/scan/cached.ts'
import { down, scannedAs, unscannable } from '../../../../src/assess/scan/scanner.ts'
import type { Scanned, ScanContext, SpamEvidence, VirusScanner } from '../../../../src/assess/scan/scanner.ts'
import type { VirusReport } from '../../../../src/decide/facts.ts'
import { FakeClock } from '../../../support/clock.ts'
import { messageOf, senderOf } from '../../../support/scripted-server.ts'
import { turns } from '../../../support/turns.ts'
import { client, contextOf, text, words } from './support.ts'

type Answer = (scanned: Scanned<SpamEvidence>) => void
const report = { score: 6, symbols: ['A'] }

/** A scanner that answers when the test says so, or at once with `immediate`; a caller who leaves gets `cancelled` as from a real one. */
function counting(immediate?: Scanned<SpamEvidence>) {
  const clock = new FakeClock()
  const asked: ScanContext[] = []
  const answers: Answer[] = []
  const scan = (context: ScanContext): Promise<Scanned<SpamEvidence>> => {
    asked.push(context)
    return new Promise(resolve => {
      answers.push(resolve)
      context.signal.addEventListener('abort', () => resolve(down('cancelled')))
      if (immediate !== undefined) resolve(immediate)
    })
  }
  return { clock, asked, answers, scanner: cachedSpam({ name: 'x', scan }, clock) }
}

describe('evidence cache', () => {
  it('the same content within five minutes is scanned once, whoever it goes to', async () => {
    const { clock, asked, scanner } = counting(scannedAs(report))
    for (const wait of [0, 299_999]) {
      clock.advance(wait)
      const context = contextOf(messageOf(['Subject: x\r\n', '\r\nhello\r\n']), {
        recipients: [],
        transaction: `T${wait}`,
      })
      assert.deepEqual(await scanner.scan(context), scannedAs(report))
    }
    assert.equal(asked.length, 1)
    clock.advance(2)
    await scanner.scan(contextOf())
    assert.equal(asked.length, 2, 'then it is old')
  })

  const others: readonly (readonly [what: string, context: ScanContext])[] = [
    ['content', contextOf(`${text}.`)],
    ['sender', contextOf(text, { sender: senderOf('t@sender.example') })],
    ['queue id', contextOf(text, { client: { ...client, ident: 'DEF456' } })],
    ['client, where there is no queue id', contextOf(text, { client: { ...client, ident: undefined } })],
    ['profile', contextOf(text, { profile: 'strict' })],
  ]
  for (const [what, context] of others)
    it(`another ${what} is another scan`, async () => {
      const { asked, scanner } = counting(scannedAs(report))
      await scanner.scan(contextOf())
      await scanner.scan(context)
      assert.equal(asked.length, 2)
    })

  it('parts of the key cannot be mistaken for each other', async () => {
    const { asked, scanner } = counting(scannedAs(report))
    await scanner.scan(contextOf(text, { client: { ...client, ident: 'A' }, sender: senderOf('b","c') }))
    await scanner.scan(contextOf(text, { client: { ...client, ident: 'A","b' }, sender: senderOf('c') }))
    assert.equal(asked.length, 2)
  })

  it('a virus found with other signatures is no evidence any more', async () => {
    let version: string | undefined
    let scans = 0
    const virus: VirusScanner = {
      name: 'x',
      version: () => version,
      scan: (): Promise<Scanned<VirusReport>> => {
        scans += 1
        return Promise.resolve(scannedAs({ found: [] }))
      },
    }
    const scanner = cachedVirus(virus, new FakeClock())
    for (version of [undefined, undefined, '27000', '27000', '27001']) await scanner.scan(contextOf())
    assert.equal(scans, 3)
    assert.equal(scanner.version(), '27001')
    await scanner.scan(contextOf(text, { profile: 'strict' }))
    assert.equal(scans, 3, 'profiles are for spam')
  })

  it('what is not known is not kept', async () => {
    for (const unknown of [down('nobody there'), unscannable('too big')]) {
      const { asked, scanner } = counting(unknown)
      for (let i = 0; i < 3; i += 1) assert.deepEqual(await scanner.scan(contextOf()), unknown)
      assert.equal(asked.length, 3)
    }
  })

  it('who asks meanwhile waits for the same answer, also if it is none', async () => {
    for (const answer of [scannedAs(report), down('nobody there')]) {
      const { asked, answers, scanner } = counting()
      const all = [1, 2, 3].map(() => scanner.scan(contextOf()))
      await turns()
      assert.equal(asked.length, 1)
      answers[0]?.(answer)
      assert.deepEqual(await Promise.all(all), [answer, answer, answer])
    }
  })

  it('one who leaves takes nobody with him: the next scans his own message', async () => {
    const { asked, answers, scanner } = counting()
    const gone = [new AbortController(), new AbortController()] as const
    const first = scanner.scan(contextOf(text, { signal: gone[0].signal }))
    const second = scanner.scan(contextOf(text, { signal: gone[1].signal }))
    const own = contextOf()
    const third = scanner.scan(own)
    await turns()
    gone[1].abort()
    assert.equal(words(await second), 'down cancelled')
    assert.equal(asked.length, 1)
    gone[0].abort()
    assert.equal(words(await first), 'down cancelled')
    await turns()
    assert.equal(asked.length, 2)
    assert.equal(asked[1], own)
    answers[1]?.(scannedAs(report))
    assert.deepEqual(await third, scannedAs(report))
  })

  it('a bug in one scan is his alone, and nothing is stuck after it', async () => {
    const clock = new FakeClock()
    let scans = 0
    const scan = async (): Promise<Scanned<SpamEvidence>> => {
      scans += 1
      await turns(1)
      if (scans === 1) throw new Error('bug')
      return scannedAs(report)
    }
    const scanner = cachedSpam({ name: 'x', scan }, clock)
    const [first, second] = [scanner.scan(contextOf()), scanner.scan(contextOf())]
    await assert.rejects(first, /bug/)
    assert.deepEqual(await second, scannedAs(report))
  })

  it('a message that cannot be read is not looked up', async () => {
    const { asked, scanner } = counting()
    assert.match(words(await scanner.scan(contextOf(messageOf([text], { size: 1000 })))), /^down /)
    assert.equal(asked.length, 0)
  })
})
