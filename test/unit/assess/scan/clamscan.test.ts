/** Why we speak with clamd ourselves: what the package clamscan does at the same faults. If one of these fails after an update, look again. */
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { Readable, type Transform } from 'node:stream'
import { afterEach, describe, it, mock } from 'node:test'
import { cleanUp } from '../../../support/cleanup.ts'
import { eventually, turns } from '../../../support/turns.ts'
import { bench, endless, stalled, type Bench } from './support.ts'

type Clamscan = {
  init(options: object): Promise<Clamscan>
  scanStream(stream: Readable): Promise<{ readonly isInfected: boolean | null }>
  passthrough(): Transform
}
const Clamscan = createRequire(import.meta.url)('clamscan') as new () => Clamscan

/** `timeout` is the package's own, in ms. */
async function clamscan(timeout = 60_000): Promise<Bench & { readonly clamscan: Clamscan }> {
  const made = await bench()
  const { endpoint } = made.server.listener
  assert.ok(endpoint.kind === 'inet')
  const clamdscan = { host: endpoint.host, port: endpoint.port, timeout, localFallback: false, bypassTest: true }
  return { ...made, clamscan: await new Clamscan().init({ clamdscan, preference: 'clamdscan' }) }
}

describe('the package clamscan', () => {
  afterEach(cleanUp)
  afterEach(() => mock.restoreAll())

  for (const said of ['', 'stream: O'])
    it(`a clamd that closes after ${JSON.stringify(said)} is neither clean nor an error, but null`, async () => {
      const { clamscan: package_, server } = await clamscan()
      const scan = package_.scanStream(Readable.from([Buffer.from('hello')]))
      const peer = await server.connection()
      await peer.until('\0\0\0\0')
      peer.send(said)
      await turns()
      peer.finish()
      assert.equal((await scan).isInfected, null)
    })

  it('a silent clamd is null, too', async () => {
    const { clamscan: package_, server } = await clamscan(50)
    const scan = package_.scanStream(Readable.from([Buffer.from('hello')]))
    const peer = await server.connection()
    await peer.end()
    peer.finish()
    assert.equal((await scan).isInfected, null)
  })

  it('a clamd that does not read: the whole message is taken into memory', async () => {
    const { clamscan: package_, server } = await clamscan()
    const { message, given } = endless(Buffer.alloc(65_536, 'x'), 500)
    mock.method(console, 'error', () => undefined)
    package_.scanStream(Readable.from(message.pieces(new Set()))).catch(() => undefined)
    const peer = await server.connection()
    peer.stopReading()
    await eventually(
      () => given() === 500,
      () => `it stopped after ${given()} pieces: there is backpressure now`,
    )
  })

  it('a scan that nobody waits for cannot be ended: its connection stays', async () => {
    const { clamscan: package_, server } = await clamscan()
    const { message, given } = endless(Buffer.alloc(65_536, 'x'), 500)
    const through = package_.passthrough()
    const source = Readable.from(message.pieces(new Set())).on('error', () => undefined)
    source.pipe(through).resume()
    const peer = await server.connection()
    peer.stopReading()
    await stalled(given)
    source.destroy()
    through.destroy()
    peer.readOn()
    await turns(200)
    assert.equal(peer.ended, false)
  })

  it('a connection lost is printed to standard error, with every message', async () => {
    const printed = mock.method(console, 'error', () => undefined)
    const { clamscan: package_, server } = await clamscan()
    const scan = package_.scanStream(Readable.from([Buffer.from('hello')]))
    const peer = await server.connection()
    await peer.until('\0\0\0\0')
    peer.reset()
    await assert.rejects(scan, { code: 'ECONNRESET' })
    assert.equal(printed.mock.callCount(), 1)
  })
})
