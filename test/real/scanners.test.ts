/** Each scanner alone, against the real daemon: what it says, and what becomes of a scan when it is killed, frozen or over its limits. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { cachedVirus } from '../../src/assess/scan/cached.ts'
import { ClamdScanner } from '../../src/assess/scan/clamd.ts'
import { RspamdScanner } from '../../src/assess/scan/rspamd.ts'
import type { RunnerOptions } from '../../src/assess/scan/runner.ts'
import type { Scanned, ScanContext, ScannerEvent } from '../../src/assess/scan/scanner.ts'
import { SpamdScanner } from '../../src/assess/scan/spamd.ts'
import { systemClock } from '../../src/clock.ts'
import type { Message } from '../../src/transaction.ts'
import { messageOf, recipientOf, senderOf } from '../support/scripted-server.ts'
import { eicar, eicarName, startClamd, withAttachment, zipped } from './support/clamd.ts'
import { message } from './support/messages.ts'
import { skipWithout } from './support/needs.ts'
import { startRspamd } from './support/rspamd.ts'
import type { ScannerDaemon } from './support/scanner-daemon.ts'
import { Site } from './support/site.ts'
import { gtube, startSpamd } from './support/spamd.ts'
import { until } from './support/until.ts'

const events: ScannerEvent[] = []

function options(name: string, daemon: ScannerDaemon, timeout = 20_000): RunnerOptions {
  const onEvent = (event: ScannerEvent): void => void events.push(event)
  return { name, endpoints: [daemon.endpoint], clock: systemClock, onEvent, concurrent: 8, waiting: 100, timeout }
}

function contextOf(sent: Buffer | Message, more: Partial<ScanContext> = {}): ScanContext {
  return {
    message: Buffer.isBuffer(sent) ? messageOf([sent.toString('latin1')]) : sent,
    sender: senderOf('ann@sender.test'),
    recipients: [recipientOf('a@example.test'), recipientOf('b+x@example.test')],
    client: {
      name: 'mx.sender.test',
      address: '192.0.2.1',
      port: undefined,
      proto: undefined,
      helo: 'helo.sender.test',
      ident: '4AbcQueue',
      source: undefined,
    },
    profile: '',
    signal: new AbortController().signal,
    transaction: 'T1',
    ...more,
  }
}

function words(scanned: Scanned<unknown>): string {
  return scanned.state === 'known'
    ? `known ${JSON.stringify(scanned.value)}`
    : `${scanned.why.kind} ${scanned.why.words}`
}

/** A message of so many octets that are made while they are read. */
function large(size: number): Message {
  const piece = Buffer.alloc(65_536, 'large line of text\r\n')
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let left = size; left > 0; left -= piece.length) yield await Promise.resolve(piece.subarray(0, left))
  }
  return messageOf([], { size, sizeWithout: () => size, pieces })
}

const infected = `known {"found":["${eicarName}"]}`
const clean = 'known {"found":[]}'
const limit = 100 * 1024 * 1024

describe('a real clamd', { skip: skipWithout('clamd', 'zip') }, () => {
  const site = new Site()
  let daemon: ScannerDaemon
  let scanner: ClamdScanner
  const scan = async (sent: Buffer | Message): Promise<string> => words(await scanner.scan(contextOf(sent)))

  before(async () => {
    daemon = await startClamd(site, { StreamMaxLength: '4M' })
    scanner = new ClamdScanner({ ...options('clamd', daemon), limit })
    await scanner.start()
  })
  after(() => {
    scanner.close()
    return site.close()
  })

  it('tells the version of its signatures, and admits to its limits', () => {
    assert.match(scanner.version() ?? '', /ClamAV \d/)
    assert.deepEqual(events, [])
  })

  it('finds EICAR in a message, and in a zip in a zip in an attachment', async () => {
    assert.equal(await scan(message('clean')), clean)
    assert.equal(await scan(message('plain', `${eicar}\r\n`)), infected)
    assert.equal(await scan(withAttachment('nested', 'invoice.zip', zipped(eicar, 3))), infected)
    assert.equal(await scan(withAttachment('harmless', 'invoice.zip', zipped('harmless', 3))), clean)
  })

  it('an encrypted archive is no clean one', async () => {
    const sent = withAttachment('secret', 'secret.zip', zipped(eicar, 1, 'secret'))
    assert.equal(await scan(sent), 'unscannable clamd: encrypted (Heuristics.Encrypted.Zip)')
  })

  it('a nest deeper than its limit is no clean one', async () => {
    const sent = withAttachment('deep', 'deep.zip', zipped('harmless', 30))
    assert.equal(await scan(sent), 'unscannable clamd: over its limits (Heuristics.Limits.Exceeded.MaxRecursion)')
  })

  it('over StreamMaxLength is unscannable, every time: never an outage', async () => {
    for (const size of [4_194_305, 4_300_000, 8_000_000, 8_000_000, 8_000_000, 50_000_000])
      assert.equal(await scan(large(size)), 'unscannable clamd: larger than it takes')
    assert.equal(await scan(large(4_194_304)), clean)
    assert.deepEqual(events, [])
  })

  it('the same content for many recipients, one transaction each, is scanned once', async () => {
    let scans = 0
    const counted = cachedVirus(
      { name: 'x', version: () => scanner.version(), scan: context => ((scans += 1), scanner.scan(context)) },
      systemClock,
    )
    const sent = withAttachment('many', 'invoice.zip', zipped(eicar, 3))
    const found = await Promise.all(Array.from({ length: 20 }, () => counted.scan(contextOf(sent))))
    assert.deepEqual(new Set(found.map(words)), new Set([infected]))
    assert.equal(scans, 1)
  })

  it('one that says OK to what is over its limits is told at the start', async () => {
    const mute = await startClamd(site, { AlertExceedsMax: 'no' })
    const told: string[] = []
    const other = new ClamdScanner({ ...options('clamd', mute), limit, onEvent: ({ kind }) => void told.push(kind) })
    await other.start()
    other.close()
    assert.deepEqual(told, ['scanner mute'])
  })

  it('frozen: unknown at the deadline; thawed, it answers again', async () => {
    const hasty = new ClamdScanner({ ...options('clamd', daemon, 500), limit })
    daemon.freeze()
    assert.match(words(await hasty.scan(contextOf(message('frozen')))), /^down clamd: no answer for/)
    daemon.thaw()
    await until('clamd answers again', async () => words(await hasty.scan(contextOf(message('thawed')))) === clean)
  })

  it('killed under load and started again: nothing infected is ever called clean', async () => {
    const sent = withAttachment('load', 'invoice.zip', zipped(eicar, 3))
    const told = new Set<string>()
    let stop = false
    const load = Array.from({ length: 4 }, async () => {
      while (!stop) {
        told.add((await scan(sent)).replace(/:.*/, ''))
        // While the breaker is open, answers come at once.
        await new Promise(resolve => setTimeout(resolve, 5))
      }
    })
    await until('a find', () => told.size > 0)
    await daemon.kill()
    await until('an outage', () => events.length > 0)
    await daemon.start()
    told.clear()
    await until('it answers again', () => [...told].some(word => word.startsWith('known')))
    stop = true
    await Promise.all(load)
    for (const word of told) assert.match(word, /^(?:down clamd|known \{"found")$/)
    assert.ok(!told.has(clean))
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['scanner down', 'scanner up'],
    )
  })
})

describe('a real rspamd', { skip: skipWithout('rspamd') }, () => {
  const site = new Site()
  let daemon: ScannerDaemon
  let scanner: RspamdScanner
  const scan = (sent: Buffer | Message, more?: Partial<ScanContext>) => scanner.scan(contextOf(sent, more))

  before(async () => {
    daemon = await startRspamd(site, 'max_message = 4M;')
    scanner = new RspamdScanner({ ...options('rspamd', daemon), limit })
    await until('rspamd answers', async () => (await scan(message('first'))).state === 'known')
  })
  after(() => site.close())

  async function known(sent: Buffer | Message, more?: Partial<ScanContext>) {
    const scanned = await scan(sent, more)
    assert.ok(scanned.state === 'known', words(scanned))
    return scanned.value
  }

  it('understands all that it is told', async () => {
    const { symbols } = await known(message('hello'))
    assert.deepEqual(symbols.filter(name => name.startsWith('SEEN_')).sort(), [
      'SEEN_FROM_ann@sender.test',
      'SEEN_HELO_helo.sender.test',
      'SEEN_HOSTNAME_mx.sender.test',
      'SEEN_IP_192.0.2.1',
      'SEEN_QUEUE_4AbcQueue',
      'SEEN_RCPT_a@example.test',
      'SEEN_RCPT_b+x@example.test',
    ])
    const { symbols: null_ } = await known(message('bounce'), { sender: senderOf('') })
    assert.ok(
      null_.some(name => /^SEEN_FROM_(?:nobody)?$/.test(name)),
      null_.join(' '),
    )
  })

  it('scores, and what it would do is a symbol', async () => {
    const { score, symbols } = await known(message('score 7.5'))
    assert.equal(score, 7.5)
    assert.ok(symbols.includes('TEST_SCORE'))
    assert.ok(symbols.includes('ACTION_ADD_HEADER'))
    assert.equal((await known(message('score -2'))).score, -2)
  })

  it('has other scores under another profile', async () => {
    assert.equal((await known(message('score 7.5'), { profile: 'strict' })).score, 15)
  })

  it('GTUBE scores 1000', async () => {
    const { score, symbols } = await known(message('gtube', `${gtube}\r\n`))
    assert.equal(score, 1000)
    assert.ok(symbols.includes('GTUBE'))
  })

  it('over its max_message is unscannable, every time: never an outage', async () => {
    for (const size of [4_300_000, 8_000_000, 8_000_000, 50_000_000])
      assert.equal(words(await scan(large(size))), 'unscannable rspamd: larger than it takes')
    assert.equal((await known(large(4_000_000))).score, 0)
  })

  it('frozen, killed, started again', async () => {
    const hasty = new RspamdScanner({ ...options('rspamd', daemon, 500), limit })
    daemon.freeze()
    assert.match(words(await hasty.scan(contextOf(message('frozen')))), /^down rspamd: no answer for/)
    daemon.thaw()
    await until('rspamd answers again', async () => (await scan(message('thawed'))).state === 'known')
    await daemon.kill()
    assert.match(words(await scan(message('killed'))), /^down rspamd: connection (?:refused|reset|closed)$/)
    await daemon.start()
    await until('rspamd answers again', async () => (await scan(message('back'))).state === 'known')
  })
})

describe('a real spamd', { skip: skipWithout('spamd') }, () => {
  const site = new Site()
  let daemon: ScannerDaemon
  let scanner: SpamdScanner
  const scan = async (sent: Buffer | Message, more?: Partial<ScanContext>): Promise<string> =>
    words(await scanner.scan(contextOf(sent, more)))

  before(async () => {
    daemon = await startSpamd(site)
    scanner = new SpamdScanner({ ...options('spamd', daemon), limit })
    await until('spamd answers', async () => (await scan(message('first'))).startsWith('known'))
  })
  after(() => site.close())

  it('scores and names its tests', async () => {
    assert.equal(await scan(message('spam')), 'known {"score":6.5,"symbols":["TEST_SUBJECT"]}')
    assert.equal(await scan(message('hello')), 'known {"score":0,"symbols":[]}')
    assert.equal(await scan(message('hello', `${gtube}\r\n`)), 'known {"score":1000,"symbols":["TEST_GTUBE"]}')
  })

  it('has other scores for another user', async () => {
    assert.equal(await scan(message('spam'), { profile: 'strict' }), 'known {"score":9,"symbols":["TEST_SUBJECT"]}')
  })

  it('takes a large message as it takes a small one', async () => {
    assert.match(await scan(large(3_000_000)), /^known /)
  })

  it('frozen, killed, started again', async () => {
    const hasty = new SpamdScanner({ ...options('spamd', daemon, 500), limit })
    daemon.freeze()
    assert.match(words(await hasty.scan(contextOf(message('frozen')))), /^down spamd: no answer for/)
    daemon.thaw()
    await until('spamd answers again', async () => (await scan(message('thawed'))).startsWith('known'))
    await daemon.kill()
    assert.match(await scan(message('killed')), /^down spamd: connection (?:refused|reset|closed)$/)
    await daemon.start()
    await until('spamd answers again', async () => (await scan(message('back'))).startsWith('known'))
  })
})
