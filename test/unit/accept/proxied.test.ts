/** A load balancer that speaks the PROXY protocol in front of the gate. */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import type { FrontOptions } from '../../../src/accept/server.ts'
import { cleanUp } from '../../support/cleanup.ts'
import { Client } from '../../support/client.ts'
import { eventually } from '../../support/turns.ts'
import { startFront } from '../../support/front.ts'
import type { TestFront } from '../../support/front.ts'

afterEach(cleanUp)

const header = 'PROXY TCP4 192.0.2.1 192.0.2.2 4242 24\r\n'

function behind(proxies: readonly string[], options: Partial<FrontOptions> = {}): Promise<TestFront> {
  return startFront({}, { trust: ['192.0.2.0/28'], ...options }, proxies)
}

describe('behind a load balancer', () => {
  it('the client is whom the header names, in one packet with what he says or octet by octet', async () => {
    const test = await behind(['127.0.0.1'])
    for (const slowly of [false, true]) {
      const client = await Client.connect(test.endpoint)
      const said = `${header}LHLO x\r\nMAIL FROM:<a@x>\r\nRSET\r\n`
      if (slowly) await client.peer.sendSlowly(said)
      else client.peer.send(said)
      for (const code of [220, 250, 250, 250]) await client.expect(code)
      assert.equal(test.receiver.seen.at(-1)?.peer.address, '192.0.2.1')
    }
  })

  it('a client that trust does not name is refused, though the balancer may connect', async () => {
    const test = await behind(['127.0.0.1'])
    const client = await Client.connect(test.endpoint)
    client.peer.send('PROXY TCP4 198.51.100.1 192.0.2.2 4242 24\r\n')
    await client.expect(554)
    assert.equal(test.front.stats().refused, 1)
  })

  it('the balancer may ask for itself, to look after our health', async () => {
    const test = await behind(['127.0.0.1'])
    const client = await Client.connect(test.endpoint)
    client.peer.send('PROXY UNKNOWN\r\nLHLO x\r\n')
    await client.expect(220)
    await client.expect(250)
  })

  it('nobody else connects there, even whom trust names, and what he says of addresses does not count', async () => {
    const test = await behind(['192.0.2.10'], { trust: ['127.0.0.0/8', '192.0.2.0/28'] })
    const client = await Client.connect(test.endpoint)
    client.peer.send(header)
    await client.expect(554)
  })

  it('a header does not count where no balancer is named', async () => {
    const test = await startFront()
    const client = await Client.connect(test.endpoint)
    client.peer.send(header)
    await client.expect(220)
    await client.expect(500)
  })

  it('without a header, or with half of one, it is hung up on, and the log is told', async () => {
    const told: string[] = []
    const test = await behind(['127.0.0.1'], { onError: error => told.push(error.message) })
    const other = await Client.connect(test.endpoint)
    other.say('LHLO x')
    assert.equal(await other.peer.end(), '')
    const half = await Client.connect(test.endpoint)
    half.peer.send(header.slice(0, 9))
    half.peer.finish()
    assert.equal(await half.peer.end(), '')
    assert.deepEqual(told, [
      '127.0.0.1: what came is no PROXY header',
      '127.0.0.1: the connection ended before its PROXY header',
    ])
  })

  it('a balancer that sends nothing is waited for ten seconds', async () => {
    const told: string[] = []
    const test = await behind(['127.0.0.1'], { onError: error => told.push(error.message) })
    const silent = await Client.connect(test.endpoint)
    await eventually(
      () => test.clock.timers > 0,
      () => 'it is not waited for',
    )
    await test.clock.pass(10_000)
    assert.equal(await silent.peer.end(), '')
    assert.deepEqual(told, ['127.0.0.1: no PROXY header came'])
  })
})
