/** The life of a session (FACTS.md, smtp-server #6, #11, #12, #13, #14, #15; WIRE 1, 6, 10, 21, 26, 47). */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, it, mock } from 'node:test'
import { reply } from '../../../src/reply.ts'
import type { Reply } from '../../../src/reply.ts'
import type { Ledger } from '../../../src/settle/ledger.ts'
import { cleanUp, later } from '../../support/cleanup.ts'
import { Client } from '../../support/client.ts'
import { startFront } from '../../support/front.ts'
import type { TestFront } from '../../support/front.ts'
import { eventually, turns } from '../../support/turns.ts'

afterEach(cleanUp)

const transaction = ['MAIL FROM:<a@x>', 'RCPT TO:<b@x>', 'RCPT TO:<c@x>', 'DATA'] as const

async function gone({ front }: TestFront): Promise<void> {
  await eventually(
    () => front.sessionCount === 0,
    () => 'the session is still there',
  )
}

/** What a Unix socket holds is little, and the same everywhere. */
async function connectByPath({ front }: TestFront): Promise<Socket> {
  const folder = mkdtempSync(join(tmpdir(), 'lmtp-gate-session-'))
  const path = join(folder, 'socket')
  const listener = createServer(socket => front.adopt(socket, { kind: 'unix', path, mode: 0o600 }))
  listener.listen(path)
  await once(listener, 'listening')
  const client = connect({ path })
  later(() => {
    client.destroy()
    listener.close()
    rmSync(folder, { recursive: true })
  })
  return client.pause()
}

async function some<T>(list: readonly T[]): Promise<readonly [T, ...T[]]> {
  await eventually(
    () => list.length > 0,
    () => 'nothing came',
  )
  return list as readonly [T, ...T[]]
}

async function codes(client: Client, count: number): Promise<number[]> {
  return (await client.replies(count)).map(({ code }) => code)
}

describe('a session', () => {
  it('is greeted without a delay (#6)', async () => {
    const test = await startFront()
    const spy = mock.method(globalThis, 'setTimeout')
    const client = await Client.connect(test.endpoint)
    await client.expect(220)
    const delays = spy.mock.calls.map(({ arguments: [, delay] }) => delay)
    spy.mock.restore()
    assert.ok(!delays.includes(100), 'smtp-server waits 100 ms')
  })

  it('survives a receiver that throws at the end of the data: N replies, and the next transaction works (#11)', async () => {
    let isBroken = true
    const test = await startFront({
      receive: (message, _accepted, ledger) => {
        if (typeof message !== 'string') message.discard()
        if (isBroken) throw new Error('bug')
        ledger.settleRest(reply(250, '2.0.0', 'saved'))
      },
    })
    const client = await Client.greet(test.endpoint)
    client.say(...transaction)
    await client.replies(4)
    client.say('.')
    assert.deepEqual(await codes(client, 2), [451, 451])
    isBroken = false
    client.say(...transaction)
    await client.replies(4)
    client.say('.')
    assert.deepEqual(await codes(client, 2), [250, 250])
  })

  it('survives a receiver that throws at MAIL or RCPT (#11)', async () => {
    const test = await startFront({
      begin: sender => {
        if (sender.path === 'bug@x') throw new Error('bug')
        return undefined
      },
      rcpt: (recipient, answer) => {
        if (recipient.path === 'throws@x') throw new Error('bug')
        answer(reply(250, '2.1.5', 'ok'))
        if (recipient.path === 'late@x') throw new Error('bug')
      },
    })
    const client = await Client.greet(test.endpoint)
    client.say(
      'MAIL FROM:<bug@x>',
      'MAIL FROM:<a@x>',
      'RCPT TO:<throws@x>',
      'RCPT TO:<late@x>',
      'RCPT TO:<b@x>',
      'DATA',
    )
    assert.deepEqual(await codes(client, 6), [451, 250, 451, 250, 250, 354])
    client.say('.')
    assert.deepEqual(await codes(client, 2), [250, 250])
  })

  for (const [command, more] of [
    ['DATA', ''],
    ['BDAT 7 LAST', 'NOOP\r\n\n'],
  ] as const)
    it(`is ended by a bug behind ${command}: what follows is no command`, async () => {
      const errors: string[] = []
      const options = { onError: ({ message }: Error) => errors.push(message) }
      const test = await startFront(
        {
          omittable: () => {
            throw new Error('bug')
          },
        },
        options,
      )
      const client = await Client.greet(test.endpoint)
      client.say('MAIL FROM:<a@x>', 'RCPT TO:<b@x>', command)
      client.peer.send(more)
      assert.deepEqual(await codes(client, 3), [250, 250, 451])
      assert.equal(await client.peer.end(), '')
      assert.deepEqual(errors, ['bug'])
    })

  it('takes two transactions in one packet from a receiver that settles at once (#11)', async () => {
    const test = await startFront({
      receive: (message, _accepted, ledger) => {
        if (typeof message !== 'string') message.discard()
        ledger.settleRest(reply(250, '2.0.0', 'saved'))
      },
    })
    const client = await Client.greet(test.endpoint)
    const bdat = ['MAIL FROM:<a@x>', 'RCPT TO:<b@x>', 'BDAT 2 LAST'].join('\r\n')
    client.peer.send(`${bdat}\r\nx\n${bdat}\r\ny\n${bdat}\r\nz\nQUIT\r\n`)
    assert.deepEqual(await codes(client, 10), [250, 250, 250, 250, 250, 250, 250, 250, 250, 221])
    assert.equal(await client.peer.end(), '')
  })

  it('is not hung up on while the gate owes the reply, however long (#12)', async () => {
    let ledger: Ledger | undefined
    const test = await startFront({
      receive: (message, _accepted, owed) => {
        if (typeof message !== 'string') message.discard()
        ledger = owed
      },
    })
    const client = await Client.greet(test.endpoint)
    client.say(...transaction)
    await client.replies(4)
    client.say('.')
    while (ledger === undefined) await turns(1)
    await test.clock.pass(9 * 60_000)
    assert.deepEqual(
      test.front.sockets.map(socket => socket.timeout ?? 0),
      [0],
      'no timer of smtp-server runs',
    )
    assert.equal(client.peer.unread, '')
    ledger.settleRest(reply(250, '2.0.0', 'saved'))
    assert.deepEqual(await codes(client, 2), [250, 250])
  })

  it('that says nothing for the idle time is told 421 and ended', async () => {
    const test = await startFront()
    const client = await Client.greet(test.endpoint)
    client.say(...transaction.slice(0, 3))
    await client.replies(3)
    await test.clock.pass(299_000)
    assert.equal(client.peer.unread, '')
    await test.clock.pass(2000)
    assert.deepEqual(await codes(client, 1), [421])
    assert.equal(await client.peer.end(), '')
    assert.equal(test.receiver.seen[0]?.isAbandoned, true)
  })

  it('in a transaction is finished when the gate stops; an idle one is told at once (#13)', async () => {
    const test = await startFront()
    const [busy, idle] = [await Client.greet(test.endpoint), await Client.greet(test.endpoint)]
    busy.say(...transaction.slice(0, 2))
    await busy.replies(2)
    const drained = test.front.drain()
    assert.deepEqual(await codes(idle, 1), [421])
    assert.equal(await idle.peer.end(), '')
    busy.say('DATA')
    await busy.expect(354)
    busy.say('.')
    assert.deepEqual(await codes(busy, 2), [250, 421])
    assert.equal(await busy.peer.end(), '')
    await drained
    await assert.rejects(Client.connect(test.endpoint), { code: 'ECONNREFUSED' })
  })

  it('makes no jokes and asks for no AUTH (#14)', async () => {
    const test = await startFront()
    const client = await Client.greet(test.endpoint)
    for (const line of ['WIZ', 'SHELL', 'KILL', 'DEBUG', 'AUTH PLAIN', 'STARTTLS', 'ETRN x'])
      assert.match((await client.ask(line)).lines.join(), /^50[02] 5\.5\.1 /)
    assert.equal((await client.ask('MAIL FROM:<a@x>')).code, 250)
  })

  it('whose client has closed its side still gets all replies (#15)', async () => {
    const test = await startFront()
    const client = await Client.greet(test.endpoint)
    client.say(...transaction)
    await client.replies(4)
    client.say('.')
    client.peer.finish()
    assert.deepEqual(await codes(client, 2), [250, 250])
    assert.equal(await client.peer.end(), '')
  })

  it('whose client vanishes leaves nothing behind', async () => {
    const test = await startFront()
    const client = await Client.greet(test.endpoint)
    client.say(...transaction)
    await client.replies(4)
    client.say('Subject: half')
    client.peer.reset()
    while (test.front.sessionCount > 0) await turns(1)
    assert.equal(test.receiver.seen[0]?.isAbandoned, true)
    assert.equal(test.receiver.seen[0].message, undefined)
  })

  it('whose client breaks off behind its message and QUIT is told so before there are replies', async () => {
    let received = 0
    const test = await startFront({ receive: () => (received += 1) })
    const client = await Client.greet(test.endpoint)
    client.say(...transaction)
    await client.replies(4)
    client.say('Subject: all', '.', 'QUIT')
    await eventually(
      () => received === 1,
      () => 'no message',
    )
    await turns()
    client.peer.reset()
    await eventually(
      () => test.receiver.seen[0]?.isAbandoned === true,
      () => 'not noticed',
    )
    await gone(test)
  })

  it('whose client is known to be dead hands no message over, whoever answers then', async () => {
    let answer: ((reply: Reply) => void) | undefined
    let received = 0
    const test = await startFront({
      rcpt: (_recipient, later) => (answer = later),
      receive: () => (received += 1),
    })
    const client = await Client.greet(test.endpoint)
    client.peer.send('MAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nBDAT 2 LAST\r\n\r\n')
    await eventually(
      () => answer !== undefined,
      () => 'no RCPT',
    )
    const [socket] = test.front.sockets
    socket?.once('error', () => answer?.(reply(250, '2.1.5', 'ok')))
    socket?.destroy(Object.assign(new Error('reset'), { code: 'ECONNRESET' }))
    await gone(test)
    assert.equal(received, 0)
  })

  it('whose client is hung up on in the midst of what it says sees it hang up, and leaves no timer', async () => {
    let answer: ((reply: Reply) => void) | undefined
    const test = await startFront({ rcpt: (_recipient, later) => (answer = later) })
    const client = await Client.greet(test.endpoint)
    client.say(...transaction.slice(0, 2), 'BDAT x', ...Array<string>(100_000).fill('NOOP'))
    assert.deepEqual(await codes(client, 1), [250])
    await turns()
    answer?.(reply(250, '2.1.5', 'ok'))
    assert.deepEqual(await codes(client, 2), [250, 501])
    assert.equal(await client.peer.end(), '')
    await gone(test)
    assert.equal(test.clock.timers, 0)
  })

  it('whose client says QUIT in a transaction while the gate stops hears one last reply, and leaves no timer', async () => {
    const test = await startFront()
    const client = await Client.greet(test.endpoint)
    client.say(...transaction.slice(0, 2))
    await client.replies(2)
    const drained = test.front.drain()
    client.say('QUIT')
    assert.deepEqual(await codes(client, 1), [421])
    assert.equal(await client.peer.end(), '')
    await drained
    assert.equal(test.clock.timers, 0)
  })

  it('keeps no reply back until the one before is acknowledged', async () => {
    const spy = mock.method(Socket.prototype, 'setNoDelay')
    const test = await startFront()
    await Client.greet(test.endpoint)
    const [socket] = test.front.sockets
    assert.ok(spy.mock.calls.some(call => call.this === socket && call.arguments[0] === true))
    spy.mock.restore()
  })

  for (const [when, isFull] of [
    ['as soon as something waits to be written', (socket: Socket) => socket.writableLength > 0],
    ['when much waits to be written', (socket: Socket) => socket.writableNeedDrain],
  ] as const)
    it(`whose client reads nothing and says QUIT ${when} has all its replies in the end`, async () => {
      const test = await startFront()
      const client = await connectByPath(test)
      const [socket] = await some(test.front.sockets)
      let said = 0
      for (; !isFull(socket); said += 64) {
        client.write('NOOP\r\n'.repeat(64))
        await turns(3)
      }
      client.write('QUIT\r\n')
      await turns()
      let heard = ''
      for await (const piece of client) heard += String(piece)
      assert.equal(heard.match(/^250 /gm)?.length, said)
      assert.match(heard, /^221 .*\r\n$/m)
    })

  it('that does not hang up when it was hung up on is cut after five seconds', async () => {
    const test = await startFront()
    if (test.endpoint.kind !== 'inet') assert.fail()
    const stubborn = connect({ ...test.endpoint, allowHalfOpen: true })
    later(() => void stubborn.destroy())
    stubborn.resume()
    await once(stubborn, 'data')
    const hungUpOn = once(stubborn, 'end')
    await test.clock.pass(300_000)
    await hungUpOn
    stubborn.write('NOOP\r\n')
    await test.clock.pass(4999)
    assert.equal(test.front.sessionCount, 1)
    await test.clock.pass(1)
    await gone(test)
    assert.equal(test.clock.timers, 0)
  })

  for (const code of ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EBADF'])
    it(`that breaks with ${code} is gone, and told of only if that is unusual`, async () => {
      const errors: Error[] = []
      const test = await startFront({}, { onError: error => errors.push(error) })
      const client = await Client.greet(test.endpoint)
      client.say(...transaction)
      await client.replies(4)
      const trouble = Object.assign(new Error(code), { code })
      test.front.sockets[0]?.destroy(trouble)
      await client.peer.end()
      await gone(test)
      assert.deepEqual(errors, code === 'EBADF' ? [trouble] : [])
      assert.equal(test.receiver.seen[0]?.isAbandoned, true)
    })

  it('from an address that is not trusted is refused', async () => {
    const test = await startFront({}, { trust: ['192.0.2.0/24'] })
    const client = await Client.connect(test.endpoint)
    assert.match((await client.reply()).lines[0] ?? '', /^554 5\.7\.1 /)
    assert.equal(await client.peer.end(), '')
  })

  it('is never offered on port 25 (WIRE 1)', async () => {
    const test = await startFront()
    await assert.rejects(test.front.open({ kind: 'inet', host: '127.0.0.1', port: 25 }), /port 25/)
  })
})
