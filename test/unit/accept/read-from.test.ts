import assert from 'node:assert/strict'
import { connect, createServer, Socket } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { afterEach, describe, it } from 'node:test'
import { readFrom } from '../../../src/accept/read-from.ts'
import { cleanUp, later } from '../../support/cleanup.ts'
import { eventually, turns } from '../../support/turns.ts'

afterEach(cleanUp)

/** Both ends of a connection; the first is a server's. */
async function connection(): Promise<readonly [Socket, Socket]> {
  const server: Server = createServer({ allowHalfOpen: true })
  const taken = new Promise<Socket>(resolve => server.once('connection', resolve))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const socket = await taken
  later(() => {
    for (const end of [client, socket]) end.destroy()
    server.close()
  })
  return [socket, client]
}

/** `text` came in memory of ours, `data` in Node's. */
function reading(socket: Socket, size = 1000): { text: string; readonly data: string[]; ended: boolean } {
  const seen = { text: '', data: [] as string[], ended: false }
  const buffer = Buffer.alloc(size)
  socket.on('end', () => (seen.ended = true))
  const isOurs = readFrom(socket, buffer, bytes => {
    if (bytes.buffer === buffer.buffer) seen.text += bytes.toString()
    else seen.data.push(bytes.toString())
  })
  // If this fails on a new Node, all works as before, at a tenth more processor time: see what has become of `onread`.
  assert.ok(isOurs)
  return seen
}

describe('a connection that a server took, read into memory of ours', () => {
  it('is read there to its end, in pieces that fit', async () => {
    const [socket, client] = await connection()
    const seen = reading(socket, 10)
    client.write('one two three four')
    client.end(' five')
    await eventually(
      () => seen.ended,
      () => 'no end',
    )
    assert.deepEqual([seen.text, seen.data], ['one two three four five', []])
    // Its other half is still open.
    let heard = ''
    client.on('data', (bytes: Buffer) => (heard += bytes.toString()))
    socket.end('bye')
    await eventually(
      () => heard === 'bye',
      () => heard,
    )
  })

  it('is not read while it is paused', async () => {
    const [socket, client] = await connection()
    const seen = reading(socket)
    client.write('a')
    await eventually(
      () => seen.text === 'a',
      () => seen.text,
    )
    socket.pause()
    client.end('b')
    await turns()
    assert.deepEqual([seen.text, seen.ended], ['a', false])
    socket.resume()
    await eventually(
      () => seen.ended,
      () => 'no end',
    )
    assert.equal(seen.text, 'ab')
  })

  it('still gives as data what was read before, and that first', async () => {
    const [socket, client] = await connection()
    client.write('head and rest')
    await new Promise<void>(resolve => socket.once('readable', resolve))
    assert.equal(String(socket.read(5)), 'head ')
    const seen = reading(socket)
    client.end(', more')
    await eventually(
      () => seen.ended,
      () => 'no end',
    )
    assert.deepEqual([seen.data, seen.text], [['and rest'], ', more'])
  })

  it('may be destroyed by what it gave', async () => {
    const [socket, client] = await connection()
    let calls = 0
    readFrom(socket, Buffer.alloc(4), () => {
      calls += 1
      socket.destroy()
    })
    client.on('error', () => undefined)
    client.write('a lot of octets')
    await eventually(
      () => socket.closed,
      () => 'not closed',
    )
    assert.equal(calls, 1)
  })
})

it('a socket of another kind is read as ever', async () => {
  const socket = new Socket()
  let came = ''
  const isOurs = readFrom(socket, Buffer.alloc(1), bytes => (came += bytes.toString()))
  assert.equal(isOurs, false)
  socket.push('octets')
  await eventually(
    () => came === 'octets',
    () => came,
  )
  socket.destroy()
})
