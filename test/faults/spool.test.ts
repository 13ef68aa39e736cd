/** The disk on which messages rest is full or gone (WIRE 22, 26, 53): nothing is lost, and the session lives. */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, it } from 'node:test'
import { cleanUp, later } from '../support/cleanup.ts'
import { Client } from '../support/client.ts'
import { FakeClock } from '../support/clock.ts'
import { startGate } from '../support/gate.ts'
import { ModelHop } from '../support/model-hop.ts'
import { dovecotOffers } from '../support/next-hop.ts'

afterEach(cleanUp)

describe('without a disk', () => {
  it('a message too big for memory is answered 452 4.3.1 for each recipient; a small one is delivered', async () => {
    const hop = new ModelHop('unix', dovecotOffers)
    await hop.listen()
    later(() => hop.close())
    const settings = new Map([
      ['spool.memory', '16K'],
      ['spool.total', '16K'],
    ])
    const gate = await startGate({ nextHops: [hop.endpoint], clock: new FakeClock(), settings })
    later(() => gate.close())
    rmSync(join(gate.folder, 'var', 'spool'), { recursive: true })
    const client = await Client.greet(gate.endpoint)
    const open = ['MAIL FROM:<a@example.net>', 'RCPT TO:<u1@example.org>', 'RCPT TO:<u2@example.org>', 'DATA'] as const
    client.say(...open)
    await client.replies(4)
    client.peer.send(`${`${'x'.repeat(70)}\r\n`.repeat(1000)}.\r\n`)
    for (const { lines } of await client.replies(2)) assert.match(lines[0] ?? '', /^452 4\.3\.1 /)
    client.say(...open)
    await client.replies(4)
    client.say('small', '.', 'QUIT')
    const codes = (await client.replies(3)).map(({ code }) => code)
    assert.deepEqual(codes, [250, 250, 221])
    assert.equal(hop.finals.length, 2)
    assert.ok(hop.finals.every(({ message }) => message.endsWith('\r\nsmall\r\n')))
  })
})
