/** Our conversation with spamd, against a scripted one. */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import fc from 'fast-check'
import { SpamdScanner } from '../../../../src/assess/scan/spamd.ts'
import { readSpamdReply } from '../../../../src/assess/scan/spamd-reply.ts'
import { cleanUp } from '../../../support/cleanup.ts'
import type { Peer } from '../../../support/peer.ts'
import { messageOf } from '../../../support/scripted-server.ts'
import { turns } from '../../../support/turns.ts'
import { bench, contextOf, endless, stalled, text, words } from './support.ts'

async function spamd() {
  const made = await bench({ name: 'spamd' })
  return { ...made, scanner: new SpamdScanner({ ...made.options, limit: 1_048_576 }) }
}

function ok(score: string, names: string, length = names.length): string {
  return `SPAMD/1.1 0 EX_OK\r\nContent-length: ${length}\r\nSpam: True ; ${score} / 5.0\r\n\r\n${names}`
}

async function request(peer: Peer, size = text.length): Promise<readonly string[]> {
  const head = await peer.until('\r\n\r\n')
  await peer.octets(size)
  return head.trimEnd().split('\r\n')
}

async function answered(answer: string, slowly = false): Promise<string> {
  const { scanner, server } = await spamd()
  const scan = scanner.scan(contextOf())
  const peer = await server.connection()
  await request(peer)
  if (slowly) await peer.sendSlowly(answer)
  else peer.send(answer)
  await turns()
  peer.close()
  return words(await scan)
}

describe('spamd', () => {
  afterEach(cleanUp)

  it('is asked for its tests, with the length, and for a profile with its user', async () => {
    for (const profile of ['', 'alice@example.org']) {
      const { scanner, server } = await spamd()
      const scan = scanner.scan(contextOf(text, { profile }))
      const peer = await server.connection()
      const user = profile === '' ? [] : [`User: ${profile}`]
      assert.deepEqual(await request(peer), ['SYMBOLS SPAMC/1.5', `Content-length: ${text.length}`, ...user])
      peer.send(ok('1003.2', 'GTUBE,MISSING_DATE'))
      assert.equal(words(await scan), 'known {"score":1003.2,"symbols":["GTUBE","MISSING_DATE"]}')
      await peer.end()
    }
  })

  const cases: readonly (readonly [what: string, answer: string, words: RegExp])[] = [
    ['no test fired', ok('-0.1', ''), /^known \{"score":-0\.1,"symbols":\[\]\}$/],
    ['usage', 'SPAMD/1.0 64 EX_USAGE\r\n', /^down spamd: said: SPAMD\/1\.0 64 EX_USAGE$/],
    ['wrong data', 'SPAMD/1.0 65 EX_DATAERR\r\n', /^unscannable spamd: SPAMD\/1\.0 65 EX_DATAERR$/],
    ['protocol', 'SPAMD/1.0 76 Bad header line: x\r\n', /^down spamd: said: SPAMD\/1\.0 76/],
    ['later', 'SPAMD/1.0 75 EX_TEMPFAIL\r\n', /^down spamd: said/],
    ['timeout', 'SPAMD/1.0 79 Timeout\r\n', /^down spamd: said/],
    ['control characters', 'SPAMD/1.0 76 a\x1b[1mb\r\n', /^down spamd: said: SPAMD\/1\.0 76 a\?\[1mb$/],
    ['cut off in the names', ok('6.0', 'GTUBE,MISS', 18), /^down spamd: reply cut short/],
    ['longer than it says', ok('6.0', 'GTUBE,MISSING', 5), /^down spamd: answer is nonsense$/],
    ['cut off in the head', ok('6.0', 'GTUBE').slice(0, 40), /^down spamd: reply cut short/],
    ['nothing', '', /^down spamd: connection closed$/],
    ['no score', ok('nan', ''), /^down spamd: answer is nonsense$/],
    ['another protocol', '220 smtp.example ESMTP\r\n', /^down spamd: reply cut short/],
    ['endless', `SPAMD/1.1 0 EX_OK\r\n${'x'.repeat(100_000)}`, /^down spamd: reply cut short, reply too long$/],
  ]
  for (const [what, answer, expected] of cases)
    it(`an answer: ${what}`, async () => {
      assert.match(await answered(answer), expected)
      if (answer.length < 1000 && what !== 'longer than it says') assert.match(await answered(answer, true), expected)
    })

  it('silent: unknown at the deadline', async () => {
    const { scanner, server, clock } = await spamd()
    const scan = scanner.scan(contextOf())
    await request(await server.connection())
    await clock.pass(60_000)
    assert.equal(words(await scan), 'down spamd: no answer for 60 s')
  })

  it('what it cannot take is not sent', async () => {
    const { scanner, server } = await spamd()
    const large = messageOf([], { size: 1_048_577 })
    assert.equal(words(await scanner.scan(contextOf(large))), 'unscannable spamd: larger than 1MB')
    assert.equal(words(await scanner.scan(contextOf(''))), 'unscannable spamd: the message is empty')
    const context = contextOf(text, { profile: 'a\r\nTell: x' })
    assert.match(words(await scanner.scan(context)), /^unscannable spamd: no user/)
    assert.equal(server.count, 0)
  })

  it('one that does not read gets no more than the sockets hold', async () => {
    const made = await bench({ name: 'spamd' })
    const scanner = new SpamdScanner({ ...made.options, limit: 1e9 })
    const { message, given } = endless(Buffer.alloc(65_536, 'x'), 700)
    const gone = new AbortController()
    const scan = scanner.scan(contextOf(message, { signal: gone.signal }))
    const peer = await made.server.connection()
    peer.stopReading()
    assert.ok((await stalled(given)) * 65_536 < 20 * 1024 * 1024)
    gone.abort()
    assert.equal(words(await scan), 'down cancelled')
  })

  it('an answer before the message was sent to its end is none', () => {
    assert.equal(readSpamdReply(Buffer.from(ok('0', '')), false).kind, 'failed')
  })

  it('any octets: a report or not, never a throw', () => {
    const lines = fc.array(
      fc.oneof(fc.string(), fc.constantFrom('SPAMD/1.1 0 EX_OK', 'Spam: True ; 1 / 5', 'Content-length: 0', '')),
    )
    fc.assert(
      fc.property(lines, lines => {
        const attempt = readSpamdReply(Buffer.from(lines.join('\r\n')), true)
        if (attempt.kind === 'known') assert.ok(Number.isFinite(attempt.value.score))
      }),
    )
  })
})
