import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Spool } from '../../../src/accept/spool.ts'
import { SpoolFile } from '../../../src/accept/spool-file.ts'
import { nothing } from '../../../src/transaction.ts'
import type { Message } from '../../../src/transaction.ts'
import { FakeClock } from '../../support/clock.ts'

let folder = ''
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'lmtp-gate-spool-'))
})
after(() => rmSync(folder, { recursive: true }))

const sizes = { memory: 1000, total: 1500, limit: 100_000 }

async function text(message: Message, omit: ReadonlySet<string> = nothing): Promise<string> {
  let all = ''
  for await (const piece of message.pieces(omit)) all += Buffer.from(piece).toString('latin1')
  return all
}

async function keep(spool: Spool, content: string, names: readonly string[] = []): Promise<Message> {
  const incoming = spool.receive(new Set(names))
  for (let at = 0; at < content.length; at += 700) incoming.write(Buffer.from(content.slice(at, at + 700), 'latin1'))
  const message = await incoming.end()
  assert.ok(typeof message !== 'string')
  return message
}

async function piecesOf(message: Message): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = []
  for await (const piece of message.pieces(nothing)) pieces.push(piece)
  return pieces
}

async function blocksOf(message: Message): Promise<ArrayBufferLike[]> {
  return (await piecesOf(message)).map(({ buffer }) => buffer)
}

describe('the spool', () => {
  it('gives a message as often as asked, from memory or from a file', async () => {
    const spool = new Spool({ folder, ...sizes })
    for (const content of ['', 'a\r\n', 'b'.repeat(999), 'c'.repeat(50_000)]) {
      const message = await keep(spool, content)
      assert.equal(message.size, content.length)
      assert.equal(await text(message), content)
      assert.equal(await text(message), content)
      message.discard()
      message.discard()
    }
    assert.equal(spool.inMemory, 0)
  })

  it('uses a file where one message, or all together, have too much in memory', async () => {
    const spool = new Spool({ folder, ...sizes })
    const one = await keep(spool, 'a'.repeat(900))
    assert.equal(spool.inMemory, 900)
    const two = await keep(spool, 'b'.repeat(900))
    assert.equal(spool.inMemory, 900)
    assert.equal(await text(two), 'b'.repeat(900))
    one.discard()
    two.discard()
    assert.equal(spool.inMemory, 0)
  })

  it('keeps a large message in memory while that leaves half of all for others', async () => {
    const spool = new Spool({ folder, memory: 1000, total: 10_000, limit: 100_000 })
    const large = await keep(spool, 'a'.repeat(5000))
    assert.equal(spool.inMemory, 5000)
    const small = await keep(spool, 'b'.repeat(1000))
    assert.equal(spool.inMemory, 6000)
    const another = await keep(spool, 'c'.repeat(1001))
    assert.equal(spool.inMemory, 6000)
    large.discard()
    const larger = await keep(spool, 'd'.repeat(4001))
    assert.equal(spool.inMemory, 1000)
    for (const message of [small, another, larger]) message.discard()
    assert.equal(spool.inMemory, 0)
  })

  it('counts what goes to the disk as in memory until it is there, or nobody wants it', async () => {
    const spool = new Spool({ folder, memory: 5000, total: 50_000, limit: 100_000 })
    // It fills blocks of 16 KB and then of 64 KB; the second one finds no room.
    const pieces = [0, 1, 2, 3, 4, 5].map(i => Buffer.alloc(14_000, i))
    const incoming = spool.receive(nothing)
    for (const piece of pieces) incoming.write(piece)
    assert.deepEqual([spool.inMemory, spool.stats().files], [16_384, 1])
    const unwanted = spool.receive(nothing)
    for (const piece of pieces) unwanted.write(piece)
    assert.deepEqual([spool.inMemory, spool.stats().files], [16_384, 2])
    unwanted.discard()
    assert.equal(spool.inMemory, 16_384)
    const message = await incoming.end()
    assert.equal(spool.inMemory, 0)
    assert.ok(typeof message !== 'string')
    assert.equal(await text(message), Buffer.concat(pieces).toString('latin1'))
    message.discard()
    assert.deepEqual([spool.inMemory, spool.stats().files], [0, 0])
  })

  it('gives others their turn while a large message in memory is read, however fast', async () => {
    const spool = new Spool({ folder, memory: 10_000_000, total: 10_000_000, limit: 10_000_000 })
    const incoming = spool.receive(nothing)
    for (let i = 0; i < 128; i += 1) incoming.write(Buffer.alloc(65_536, i))
    const message = await incoming.end()
    assert.ok(typeof message !== 'string')
    let turns = 0
    let isRead = false
    const count = (): void => {
      turns += 1
      if (!isRead) setImmediate(count)
    }
    setImmediate(count)
    assert.equal((await text(message)).length, 8_388_608)
    isRead = true
    assert.ok(turns >= 8, `${turns} turns for 8 MB`)
    message.discard()
  })

  it('uses the memory of discarded messages again, and a reader who is late finds less, never another message', async () => {
    const spool = new Spool({ folder, memory: 10_000_000, total: 10_000_000, limit: 10_000_000 })
    for (const size of [300_000, 3_000_000]) {
      const one = await keep(spool, 'a'.repeat(size))
      const late = text(one)
      const blocks = await blocksOf(one)
      one.discard()
      const other = await keep(spool, 'b'.repeat(size))
      const again = (await blocksOf(other)).filter(block => blocks.includes(block))
      assert.ok(again.length > 0, 'no block was used again')
      assert.match(await late, /^a*$/)
      assert.equal(await text(one), '')
      assert.equal(await text(other), 'b'.repeat(size))
      other.discard()
    }
  })

  it('leaves alone what somebody holds, until he lets go, also after the message is discarded', async () => {
    const spool = new Spool({ folder, memory: 100_000, total: 1_000_000, limit: 10_000_000 })
    const one = await keep(spool, 'a'.repeat(50_000))
    const [first, second] = [one.hold?.(), one.hold?.()]
    const pieces = [...(await piecesOf(one))]
    const blocks = pieces.map(({ buffer }) => buffer)
    one.discard()
    one.discard()
    assert.equal(spool.inMemory, 0)
    first?.letGo()
    first?.letGo()
    const other = await keep(spool, 'b'.repeat(50_000))
    assert.deepEqual(
      (await blocksOf(other)).filter(block => blocks.includes(block)),
      [],
    )
    assert.equal(Buffer.concat(pieces).toString(), 'a'.repeat(50_000))
    second?.letGo()
    const third = await keep(spool, 'c'.repeat(50_000))
    assert.ok((await blocksOf(third)).some(block => blocks.includes(block)))
    for (const message of [other, third]) message.discard()
  })

  it('reads a file into memory that is used again once it has been passed, and leaves alone what has not', async () => {
    const spool = new Spool({ folder, memory: 1000, total: 1000, limit: 10_000_000 })
    const content = Array.from({ length: 200_000 }, (_, n) => `${n}\n`).join('')
    const message = await keep(spool, content)
    const hold = message.hold?.() ?? assert.fail()
    const seen: { readonly piece: Uint8Array; readonly copy: Buffer }[] = []
    const buffers = new Set<ArrayBufferLike>()
    let given = 0
    for await (const piece of hold.pieces(nothing)) {
      given += piece.length
      seen.push({ piece, copy: Buffer.from(piece) })
      buffers.add(piece.buffer)
      // What was given last is still looked at, and nearly all of what was given before that.
      for (const each of seen.slice(-2)) assert.ok(each.copy.equals(each.piece))
      hold.passed(given - piece.length - 1)
    }
    assert.ok(Buffer.concat(seen.map(({ copy }) => copy)).toString() === content)
    assert.ok(buffers.size < seen.length, `${buffers.size} blocks for ${seen.length} pieces`)
    const last = seen.slice(-2)
    message.discard()
    for (let round = 0; round < 3; round += 1) (await keep(spool, 'b'.repeat(1_000_000))).discard()
    for (const { piece, copy } of last) assert.ok(copy.equals(piece), 'what is held was written into')
    hold.letGo()
    const other = await keep(spool, 'c'.repeat(1_000_000))
    assert.ok(
      last.some(({ piece, copy }) => !copy.equals(piece)),
      'what is not held any more was never used again',
    )
    other.discard()
  })

  it('lets two read the same file, each as fast as he likes', async () => {
    const spool = new Spool({ folder, memory: 1000, total: 1000, limit: 10_000_000 })
    const content = Array.from({ length: 100_000 }, (_, n) => `${n}\n`).join('')
    const message = await keep(spool, content)
    const read = async (size: number): Promise<string> => {
      const hold = message.hold?.() ?? assert.fail()
      let all = ''
      for await (const piece of hold.pieces(nothing)) {
        all += Buffer.from(piece).toString('latin1')
        if (all.length > size) hold.passed(all.length)
      }
      hold.letGo()
      return all
    }
    for (const all of await Promise.all([read(0), read(300_000), read(Infinity), text(message)]))
      assert.ok(all === content)
    const once = message.hold?.() ?? assert.fail()
    for await (const piece of once.pieces(nothing)) if (piece.length > 0) break
    await assert.rejects(async () => {
      for await (const piece of once.pieces(nothing)) assert.fail(`${piece.length} octets`)
    }, /twice/)
    message.discard()
    const late = message.hold?.() ?? assert.fail()
    await assert.rejects(async () => {
      for await (const piece of late.pieces(nothing)) assert.fail(`${piece.length} octets`)
    }, /closed/)
  })

  it('lets go of memory that no message needed for a while', async () => {
    const clock = new FakeClock()
    const spool = new Spool({ folder, memory: 1_000_000, total: 10_000_000, limit: 10_000_000 }, clock)
    const large = await keep(spool, 'a'.repeat(500_000))
    const blocks = await blocksOf(large)
    large.discard()
    for (const pass of [9_000, 2_000, 9_000]) {
      clock.advance(pass)
      ;(await keep(spool, 'b')).discard()
    }
    const again = await keep(spool, 'c'.repeat(500_000))
    assert.ok((await blocksOf(again)).some(block => blocks.includes(block)))
    again.discard()
    for (const pass of [2_000, 11_000]) {
      clock.advance(pass)
      ;(await keep(spool, 'd')).discard()
    }
    const later = await keep(spool, 'e'.repeat(500_000))
    assert.deepEqual(
      (await blocksOf(later)).slice(1).filter(block => blocks.includes(block)),
      [],
    )
    later.discard()
  })

  it('gives each block to one message, whatever becomes of those before: discarded on the way, too big, on the disk', async () => {
    const spool = new Spool({ folder, memory: 200_000, total: 600_000, limit: 500_000 })
    const messages: { readonly message: Message; readonly content: string }[] = []
    for (let round = 0; round < 60; round += 1) {
      const content = `${round} `.repeat(100 + ((round * 7919) % 130_000))
      const incoming = spool.receive(nothing)
      for (let at = 0; at < content.length; at += 30_000) incoming.write(Buffer.from(content.slice(at, at + 30_000)))
      if (round % 5 === 1) {
        incoming.discard()
        incoming.discard()
        continue
      }
      const message = await incoming.end()
      if (typeof message !== 'string') messages.push({ message, content })
      for (const each of messages) assert.ok((await text(each.message)) === each.content, `round ${round}`)
      if (messages.length > 3) messages.splice(round % 3, 1)[0]?.message.discard()
    }
    for (const { message } of messages) message.discard()
    assert.deepEqual([spool.inMemory, spool.stats().files], [0, 0])
  })

  it('has files without names, and sweeps what a killed process left', async () => {
    writeFileSync(join(folder, `left${SpoolFile.suffix}`), 'x')
    writeFileSync(join(folder, 'not-ours'), 'x')
    const spool = new Spool({ folder, ...sizes })
    const message = await keep(spool, 'c'.repeat(5000))
    assert.deepEqual(readdirSync(folder), ['not-ours'])
    message.discard()
  })

  it('reads a message that is too big to its end', async () => {
    const spool = new Spool({ folder, ...sizes })
    const incoming = spool.receive(nothing)
    for (let i = 0; i < 300; i += 1) incoming.write(Buffer.alloc(1000))
    assert.equal(await incoming.end(), 'too big')
    assert.equal(incoming.size, 300_000)
    assert.equal(spool.inMemory, 0)
  })

  it('says so when there is no space, and lives on', async () => {
    const spool = new Spool({ folder, ...sizes })
    rmSync(folder, { recursive: true })
    const incoming = spool.receive(nothing)
    for (let i = 0; i < 50; i += 1) incoming.write(Buffer.alloc(1000))
    assert.equal(await incoming.end(), 'no space')
    assert.equal(spool.inMemory, 0)
    const small = await keep(spool, 'still in memory')
    assert.equal(await text(small), 'still in memory')
    small.discard()
    new Spool({ folder, ...sizes })
  })

  it('leaves fields out, and knows the size before', async () => {
    const spool = new Spool({ folder, ...sizes, memory: 100, limit: 1_000_000 })
    const content = `A: b\r\nX-Spam-Flag: NO\r\n really\r\nReceived: x\r\nx-spam-flag:\r\n\r\n${'X-Spam-Flag: body\r\n'.repeat(30_000)}`
    const message = await keep(spool, content, ['x-spam-flag', 'x-other'])
    const without = content.replace('X-Spam-Flag: NO\r\n really\r\n', '').replace('x-spam-flag:\r\n', '')
    const omit = new Set(['x-spam-flag', 'x-other'])
    assert.equal(await text(message, omit), without)
    assert.equal(message.sizeWithout(omit), without.length)
    assert.equal(message.hops, 1)
    message.discard()
  })

  it('knows where octets above 127 are', async () => {
    const spool = new Spool({ folder, ...sizes })
    const look = async (content: string): Promise<string> => {
      const message = await keep(spool, content)
      message.discard()
      return message.eightBit
    }
    assert.equal(await look('A: b\r\n\r\nbody\r\n'), 'none')
    assert.equal(await look('A: b\r\n\r\nb\xf6dy\r\n'), 'body')
    assert.equal(await look('A: \xe4\r\n\r\nb\xf6dy\r\n'), 'header')
    assert.equal(await look(`A: ${'b'.repeat(693)}\r\n\r\n\xf6`), 'body')
    assert.equal(await look(`A: ${'b'.repeat(696)}\r\n\r\n\xf6`), 'body')
  })
})
