/** Our conversation with clamd, against a scripted one: only a whole OK for a whole message is clean. */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import fc from 'fast-check'
import { ClamdScanner } from '../../../../src/assess/scan/clamd.ts'
import { readAnswer } from '../../../../src/assess/scan/clamd-protocol.ts'
import { cleanUp, later } from '../../../support/cleanup.ts'
import { messageOf } from '../../../support/scripted-server.ts'
import type { Peer } from '../../../support/peer.ts'
import { eventually, turns } from '../../../support/turns.ts'
import { bench, contextOf, endless, stalled, text, words, type Bench } from './support.ts'

const limit = 100 * 1024 * 1024

async function clamd(count = 1) {
  const made = await bench({ name: 'clamd' }, count)
  const scanner = new ClamdScanner({ ...made.options, limit })
  later(() => scanner.close())
  return { ...made, scanner }
}

/** Takes a whole stream of `size` octets and gives its content. */
async function stream(peer: Peer, size = text.length): Promise<string> {
  assert.equal(await peer.octets(10), 'zINSTREAM\0')
  assert.equal(Buffer.from(await peer.octets(4), 'latin1').readUInt32BE(), size)
  const content = await peer.octets(size)
  assert.equal(await peer.octets(4), '\0\0\0\0')
  return content
}

/** One scan that gets this answer, in one piece or octet by octet. */
async function answered(answer: string, slowly = false): Promise<string> {
  const { scanner, server } = await clamd()
  const scan = scanner.scan(contextOf())
  const peer = await server.connection()
  assert.equal(await stream(peer), text)
  if (slowly) await peer.sendSlowly(answer)
  else peer.send(answer)
  return words(await scan)
}

/** The second connection only wants to know whether the size is the trouble. */
async function notTheSize({ server, clock }: Bench, size = text.length): Promise<void> {
  const peer = await server.connection()
  assert.equal(await peer.octets(10), 'zINSTREAM\0')
  assert.equal(Buffer.from(await peer.octets(4), 'latin1').readUInt32BE(), size)
  await clock.pass(1000)
}

describe('clamd', () => {
  afterEach(cleanUp)

  const cases: readonly (readonly [answer: string, words: string])[] = [
    ['stream: OK\0', 'known {"found":[]}'],
    ['stream: Eicar-Test FOUND\0', 'known {"found":["Eicar-Test"]}'],
    ['stream: Odd\x01\xffName FOUND\0', 'known {"found":["Odd??Name"]}'],
    [
      'stream: Heuristics.Limits.Exceeded.MaxRecursion FOUND\0',
      'unscannable clamd: over its limits (Heuristics.Limits.Exceeded.MaxRecursion)',
    ],
    ['stream: Heuristics.Encrypted.Zip FOUND\0', 'unscannable clamd: encrypted (Heuristics.Encrypted.Zip)'],
    ['INSTREAM size limit exceeded. ERROR\0', 'unscannable clamd: larger than it takes'],
    ['stream: Time limit reached ERROR\0', 'unscannable clamd: over its limits (stream: Time limit reached ERROR)'],
    ["stream: Can't allocate memory ERROR\0", "down clamd: said: stream: Can't allocate memory ERROR"],
    ['COMMAND READ TIMED OUT\0', 'down clamd: said: COMMAND READ TIMED OUT'],
    ['nothing infected here\0', 'down clamd: said: nothing infected here'],
    ['\0', 'down clamd: said: '],
    ['stream: OK FOUND\0', 'known {"found":["OK"]}'],
    ['stream: not OK\0', 'down clamd: said: stream: not OK'],
  ]
  for (const [answer, meaning] of cases)
    it(`${JSON.stringify(answer)} means: ${meaning}`, async () => {
      assert.equal(await answered(answer), meaning)
      assert.equal(await answered(answer, true), meaning, 'octet by octet')
    })

  it('an empty message is an empty stream, and clean', async () => {
    const { scanner, server } = await clamd()
    const scan = scanner.scan(contextOf(''))
    const peer = await server.connection()
    assert.equal(await peer.octets(14), 'zINSTREAM\0\0\0\0\0')
    peer.send('stream: OK\0')
    assert.equal(words(await scan), 'known {"found":[]}')
    assert.equal(await peer.end(), '')
  })

  for (const said of ['', 'stream: OK', 'str'])
    it(`closed after ${JSON.stringify(said)} is not clean`, async () => {
      const made = await clamd()
      const scan = made.scanner.scan(contextOf())
      const peer = await made.server.connection()
      await stream(peer)
      peer.send(said)
      await turns()
      peer.close()
      await notTheSize(made)
      assert.match(words(await scan), /^down clamd: (?:reply cut short, )?connection closed$/)
    })

  it('silent until the deadline is not clean, and its connection is closed', async () => {
    const { scanner, server, clock } = await clamd()
    const scan = scanner.scan(contextOf())
    const peer = await server.connection()
    await stream(peer)
    await clock.pass(60_000)
    assert.equal(words(await scan), 'down clamd: no answer for 60 s')
    await peer.end()
  })

  it('nobody listens: not clean', async () => {
    const { scanner, server } = await clamd()
    server.listener.refuse()
    assert.equal(words(await scanner.scan(contextOf())), 'down clamd: connection refused')
  })

  it('OK before the message was sent to its end is not clean', async () => {
    const { scanner, server } = await clamd()
    const { message, given } = endless(Buffer.alloc(65_536, 'x'), 400)
    const scan = scanner.scan(contextOf(message))
    const peer = await server.connection()
    peer.stopReading()
    await stalled(given)
    peer.send('stream: OK\0')
    assert.equal(words(await scan), 'down clamd: said: stream: OK')
  })

  it('an endless answer is cut off', async () => {
    const made = await clamd()
    const scan = made.scanner.scan(contextOf())
    const peer = await made.server.connection()
    await stream(peer)
    peer.send('x'.repeat(100_000))
    await notTheSize(made)
    assert.equal(words(await scan), 'down clamd: reply cut short, reply too long')
  })

  it('a refused size that was lost in a reset is found out by announcing the size alone', async () => {
    const { scanner, server } = await clamd()
    const { message, given } = endless(Buffer.alloc(65_536, 'x'), 400)
    const scan = scanner.scan(contextOf(message))
    const peer = await server.connection()
    peer.stopReading()
    await stalled(given)
    peer.reset()
    const again = await server.connection()
    assert.equal(Buffer.from((await again.octets(14)).slice(10), 'latin1').readUInt32BE(), message.size)
    again.send('INSTREAM size limit exceeded. ERROR\0')
    assert.equal(words(await scan), 'unscannable clamd: larger than it takes')
    assert.equal(await again.end(), '', 'not an octet of the message')
  })

  it('over our own limit it is not asked', async () => {
    const { scanner, server } = await clamd()
    const message = messageOf([], { size: limit + 1 })
    assert.equal(words(await scanner.scan(contextOf(message))), 'unscannable clamd: larger than 100MB')
    assert.equal(server.count, 0)
  })

  it('a clamd that does not read gets no more than the sockets hold', async () => {
    const { scanner, server } = await clamd()
    const { message, given } = endless(Buffer.alloc(65_536, 'x'), 1600)
    const gone = new AbortController()
    const scan = scanner.scan(contextOf(message, { signal: gone.signal }))
    const peer = await server.connection()
    peer.stopReading()
    const held = (await stalled(given)) * 65_536
    assert.ok(held < 20 * 1024 * 1024, `${held} octets of ${message.size}`)
    gone.abort()
    assert.equal(words(await scan), 'down cancelled')
    peer.readOn()
    await peer.end()
    assert.equal(given() * 65_536, held, 'nothing more was read of the message')
  })

  it('half a message is not clean: the spool failed, which is nobody’s fault but ours', async () => {
    for (const message of [
      messageOf(['Subject: x\r\n'], { size: 1000 }),
      messageOf([text], { size: 1000, pieces: () => failing() }),
    ]) {
      const { scanner, told } = await clamd()
      for (let i = 0; i < 6; i += 1)
        assert.equal(words(await scanner.scan(contextOf(message))), 'down the message can no longer be read')
      assert.deepEqual(told(), [])
    }
  })

  it('a restart in the middle: the next endpoint is asked, with the whole message', async () => {
    const made = await clamd(2)
    const [one, two] = made.servers
    const scan = made.scanner.scan(contextOf())
    const broken = await one!.connection()
    one!.listener.refuse()
    await broken.octets(20)
    broken.reset()
    const peer = await two!.connection()
    assert.equal(await stream(peer), text)
    peer.send('stream: Eicar-Test FOUND\0')
    assert.equal(words(await scan), 'known {"found":["Eicar-Test"]}')
  })

  it('any answer but a whole OK is not clean', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.boolean(), (said, sent) => {
        const attempt = readAnswer({ reply: Buffer.from(`${said}\0`, 'latin1'), sent, cause: undefined, ours: false })
        const clean = attempt.kind === 'known' && attempt.value.found.length === 0
        assert.equal(clean, said.trim() === 'stream: OK' && sent)
      }),
    )
  })
})

describe('clamd’s signatures', () => {
  afterEach(cleanUp)

  async function started() {
    const made = await clamd()
    const start = made.scanner.start()
    const peers = [await made.server.connection(), await made.server.connection()]
    const asks = await Promise.all(peers.map(async peer => ({ peer, first: await peer.until('\0') })))
    const version = asks.find(({ first }) => first === 'zVERSION\0')!.peer
    const limits = asks.find(({ first }) => first === 'zINSTREAM\0')!.peer
    return { ...made, start, version, limits }
  }

  it('their version is asked for at the start and every minute', async () => {
    const { scanner, start, version, limits, server, clock, events } = await started()
    assert.equal(scanner.version(), undefined)
    version.send('ClamAV 1.4.6/27000/Sun\0')
    limits.send('stream: Heuristics.Limits.Exceeded.MaxRecursion FOUND\0')
    await start
    assert.match(scanner.version() ?? '', /^inet:127\.0\.0\.1:\d+ ClamAV 1\.4\.6\/27000\/Sun$/)
    assert.deepEqual(events, [])
    clock.advance(60_000)
    const again = await server.connection()
    assert.equal(await again.until('\0'), 'zVERSION\0')
    again.send('ClamAV 1.4.6/27001/Mon\0')
    await eventually(
      () => scanner.version()?.endsWith('27001/Mon') === true,
      () => 'the new version never came',
    )
    scanner.close()
    assert.equal(clock.timers, 0)
  })

  it('a clamd that says OK to what is over every limit is told once', async () => {
    const { start, version, limits, told } = await started()
    version.send('ClamAV 1.4.6\0')
    limits.send('stream: OK\0')
    await start
    assert.deepEqual(told(), ['scanner mute 0: says OK to what is over its limits: set AlertExceedsMax in clamd.conf'])
  })

  it('nobody answers: the start goes on after a while', async () => {
    const { scanner, start, clock } = await started()
    await clock.pass(5_000)
    await start
    assert.equal(scanner.version(), undefined)
  })
})

async function* failing(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text))
  throw new Error('disk')
}
