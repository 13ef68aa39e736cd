import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, it } from 'node:test'
import { Spool } from '../../../src/accept/spool.ts'
import { Connection } from '../../../src/deliver/connection.ts'
import { transfer } from '../../../src/deliver/transfer.ts'
import { nothing } from '../../../src/transaction.ts'
import type { Message } from '../../../src/transaction.ts'
import { cleanUp, later } from '../../support/cleanup.ts'
import { FakeClock } from '../../support/clock.ts'
import { eventually, turns } from '../../support/turns.ts'

afterEach(cleanUp)

const folder = () => {
  const path = mkdtempSync(join(tmpdir(), 'lmtp-gate-transfer-'))
  later(() => rmSync(path, { recursive: true }))
  return path
}

/** To a next hop that does not read yet. A Unix socket takes less than 250 KB by itself. */
async function connectionTo(path: string): Promise<readonly [Connection, Socket]> {
  const server = createServer({ pauseOnConnect: true })
  const taken = new Promise<Socket>(resolve => server.once('connection', resolve))
  await new Promise<void>(resolve => server.listen(path, resolve))
  const connection = new Connection(connect(path), { kind: 'unix', path }, new FakeClock(), () => undefined)
  const hop = await taken
  later(() => {
    connection.close('ours', 'over')
    hop.destroy()
    server.close()
  })
  return [connection, hop]
}

async function messageOf(spool: Spool, content: string, isDotless = false): Promise<Message> {
  const incoming = spool.receive(nothing)
  incoming.write(Buffer.from(content))
  const message = await incoming.end(isDotless)
  if (typeof message === 'string') assert.fail(message)
  return message
}

const lines = (char: string): string => `${char.repeat(98)}\r\n`.repeat(2500)

for (const framing of ['DATA', 'BDAT'] as const)
  it(`what the system has not taken yet stays what it is, although the message was answered and discarded (${framing})`, async () => {
    const place = folder()
    const spool = new Spool({ folder: place, memory: 1_000_000, total: 3_000_000, limit: 1_000_000 })
    const [connection, hop] = await connectionTo(join(place, 'hop'))
    const parcel = { prefix: Buffer.from('X: y\r\n'), message: await messageOf(spool, lines('a')), omit: nothing }
    const ignore = (): void => undefined
    assert.equal(await transfer(connection, parcel, framing, '', ignore, ignore), undefined)
    await turns()
    // The last octets are on their way: without that nothing is tried here.
    assert.ok(connection.unsent > 0)
    const lent = await blocksOf(parcel.message)
    parcel.message.discard()
    for (const char of 'bcd') await messageOf(spool, lines(char))
    let came = ''
    hop.on('data', (bytes: Buffer) => (came += bytes.toString())).resume()
    const expected = `X: y\r\n${lines('a')}${framing === 'DATA' ? '.\r\n' : ''}`
    await eventually(
      () => came.length >= expected.length,
      () => `${came.length} octets came`,
    )
    assert.ok(came === expected, 'octets of another message')
    await turns()
    // Now nobody is left who could read it: it is used again.
    const blocks = new Set(lent)
    const again = await messageOf(spool, lines('e'))
    assert.ok((await blocksOf(again)).some(block => blocks.has(block)))
  })

/** Of which the last piece waits to be sent while the next hop is waited for. */
const pausedBeforeLast = `${'a'.repeat(262_142)}\r\n${'b'.repeat(48)}\r\n`

for (const framing of ['DATA', 'BDAT'] as const)
  for (const [size, content] of [
    ['a piece more than may be unsent', pausedBeforeLast],
    ['many pieces', `.\r\n${lines('c').repeat(20)}`],
  ] as const)
    it(`memory that a file is read into is not used again before the system has taken it (${framing}, ${size})`, async () => {
      const place = folder()
      const spool = new Spool({ folder: place, memory: 1000, total: 1000, limit: 10_000_000 })
      const { blocks } = spool
      const giveBack = blocks.giveBack.bind(blocks)
      let given = 0
      blocks.giveBack = block => {
        given += 1
        block.octets.fill('!')
        giveBack(block)
      }
      const message = await messageOf(spool, content, !content.startsWith('.'))
      given = 0
      const [connection, hop] = await connectionTo(join(place, 'hop'))
      const prefix = `.: ${'y'.repeat(100)}\r\n`
      let came = ''
      hop.on('data', (bytes: Buffer) => (came += bytes.toString()))
      let pauses = 0
      const goOn = (): void => {
        pauses += 1
        hop.resume()
      }
      const parcel = { prefix: Buffer.from(prefix), message, omit: nothing }
      assert.equal(await transfer(connection, parcel, framing, '', goOn, () => undefined), undefined)
      const whole = prefix + content
      const expected = framing === 'BDAT' ? whole : `${whole.replaceAll(/^\./gm, '..')}.\r\n`
      await eventually(
        () => came.length >= expected.length,
        () => `${came.length} octets came`,
      )
      assert.ok(came === expected, 'other octets')
      assert.ok(pauses > 0)
      await eventually(
        () => given >= Math.ceil(content.length / 65_536),
        () => `${given} blocks were given back`,
      )
      message.discard()
    })

async function blocksOf(message: Message): Promise<ArrayBufferLike[]> {
  const blocks: ArrayBufferLike[] = []
  for await (const { buffer } of message.pieces(nothing)) blocks.push(buffer)
  return blocks
}
