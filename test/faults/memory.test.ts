/**
 * Messages lie in blocks of memory that are used again (invariants 1 and 7): whatever becomes of those before, with clients who leave, a scanner that answers
 * before it has read all, a full memory: no message gets octets of another, to the next hop, to the scanner or in quarantine.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, it } from 'node:test'
import { cleanUp, later } from '../support/cleanup.ts'
import { Client } from '../support/client.ts'
import { FakeClock } from '../support/clock.ts'
import { startGate } from '../support/gate.ts'
import { ModelHop } from '../support/model-hop.ts'
import { dovecotOffers } from '../support/next-hop.ts'

afterEach(cleanUp)

const sizes = [200, 20_000, 70_000, 250_000, 900_000]
const sessions = 6
const rounds = 20

/** Every line tells whose it is. */
function contentOf(token: string, size: number): string {
  const line = `${token} ${'x'.repeat(60)}\r\n`
  return `Subject: ${token}\r\n\r\n${line.repeat(Math.ceil(size / line.length))}`
}

/** Of how many messages there is something in it. */
function tokensIn(text: string): string[] {
  return [...new Set(text.match(/\bm\d+x\d+\b/g))]
}

for (const [form, offers] of [
  ['DATA', dovecotOffers.filter(offer => offer !== 'CHUNKING')],
  ['BDAT', dovecotOffers],
] as const)
  it(`no message gets octets of another, with ${form}`, async () => {
    const hop = new ModelHop('unix', offers)
    await hop.listen()
    later(() => hop.close())
    const clamd = await listenAsClamd()
    const settings = new Map([
      ['spool.memory', '100K'],
      ['spool.total', '1MB'],
      ['scanners.clamd', `inet:127.0.0.1:${clamd.port}`],
    ])
    const rules = new Map([
      ['example.org/scanned.yaml', 'size: { max: 100MB }'],
      ['example.org/kept.yaml', 'rules: [{ when: { size: { min: 1 } }, then: quarantine }]'],
      ['example.org/plain.yaml', 'virus: off'],
    ])
    const gate = await startGate({ nextHops: [hop.endpoint], clock: new FakeClock(), settings, rules })
    later(() => gate.close())
    const delivered = new Map<string, string>()
    await Promise.all(
      Array.from({ length: sessions }, async (_, session) => {
        for (let round = 0; round < rounds; round += 1) {
          const token = `m${session}x${round}`
          const content = contentOf(token, sizes[(session + round * 3) % sizes.length] ?? 0)
          const client = await Client.greet(gate.endpoint)
          client.say(`MAIL FROM:<${token}@example.net>`)
          client.say(
            ...['plain', 'scanned', 'kept'].slice(0, 1 + (round % 3)).map(name => `RCPT TO:<${name}@example.org>`),
          )
          client.say('DATA')
          const codes = (await client.replies(3 + (round % 3))).map(({ code }) => code)
          assert.equal(codes.at(-1), 354, codes.join())
          if ((session + round) % 7 === 3) {
            client.peer.send(content.slice(0, content.length / 2))
            client.peer.close()
            continue
          }
          client.peer.send(`${content}.\r\n`)
          if ((session + round) % 7 === 5) {
            client.peer.close()
            continue
          }
          for (const { lines } of await client.replies(1 + (round % 3))) assert.match(lines[0] ?? '', /^250 /)
          delivered.set(token, content)
          client.say('QUIT')
          await client.expect(221)
        }
      }),
    )
    await gate.drain()
    const arrived = new Map(
      hop.finals
        .filter(({ path }) => path.startsWith('plain'))
        .map(({ message }) => [tokensIn(message).join(), message]),
    )
    for (const [token, content] of delivered)
      assert.ok(arrived.get(token)?.endsWith(content), `what arrived of ${token}`)
    for (const { message } of hop.finals) assert.equal(tokensIn(message).length, 1)
    for (const text of clamd.seen) assert.ok(tokensIn(text).length <= 1, tokensIn(text).join())
    const folder = join(gate.folder, 'var', 'quarantine')
    const kept = readdirSync(folder).map(entry => readFileSync(join(folder, entry, 'message.eml'), 'latin1'))
    assert.ok(kept.length > 10)
    for (const message of kept) {
      const [token = '', ...others] = tokensIn(message)
      assert.deepEqual(others, [])
      const body = delivered.get(token)
      assert.ok(body === undefined || message.endsWith(body), token)
    }
    assert.ok(clamd.seen.length > 20 && delivered.size > 60)
  })

/** Says OK, or finds something, at times before it has read all. */
async function listenAsClamd(): Promise<{ readonly port: number; readonly seen: readonly string[] }> {
  const seen: string[] = []
  let scans = 0
  const serve = (socket: Socket): void => {
    let text = ''
    let isDone = false
    scans += 1
    const answersEarly = scans % 4 === 0
    const answer = (words: string): void => {
      isDone = true
      seen.push(text)
      socket.end(words)
    }
    socket.on('error', () => undefined)
    socket.on('data', (bytes: Buffer) => {
      if (isDone) return
      text += bytes.toString('latin1')
      if (text.startsWith('zVERSION')) answer('ClamAV 1\0')
      else if (answersEarly && text.length > 100) answer('stream: Eicar FOUND\0')
      else if (text.endsWith('\0\0\0\0')) answer('stream: OK\0')
    })
  }
  const server = createServer(serve)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  later(() => void server.close())
  return { port: (server.address() as AddressInfo).port, seen }
}
