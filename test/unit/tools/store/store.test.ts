import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'

import { systemClock } from '../../../../src/clock.ts'
import { formatReply } from '../../../../src/reply.ts'
import { Ledger } from '../../../../src/settle/ledger.ts'
import { Store } from '../../../../src/tools/store/store.ts'
import type { Message, NoMessage, Recipient, Sender } from '../../../../src/transaction.ts'

let folder: string
let discarded: number
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gate-store-'))
  discarded = 0
})
afterEach(() => rmSync(folder, { recursive: true }))

const sender: Sender = { path: 'ann@x.example', params: [], size: undefined, body: undefined, smtputf8: false }
const to = (path: string): Recipient => ({ path, params: [] })
const message: Message = {
  size: 6,
  eightBit: 'none',
  hops: 0,
  has: () => false,
  sizeWithout: () => 6,
  pieces: async function* () {
    yield await Promise.resolve(Buffer.from('\r\nhi\r\n'))
  },
  discard: () => (discarded += 1),
}
const options = () => ({ folder, name: 'mail', recipientDelimiter: '+', clock: systemClock })

async function replies(store: Store, given: Message | NoMessage, ...accepted: readonly Recipient[]): Promise<string[]> {
  const written: string[] = []
  await new Promise<void>(resolve => {
    const ledger = new Ledger(accepted.length, reply => written.push(formatReply(reply).trimEnd()), resolve)
    store.begin(sender).receive(given, accepted, ledger)
  })
  await new Promise(setImmediate)
  return written
}

describe('the store', () => {
  it('takes no part of a message for all of it', async () => {
    const short = { ...message, size: 7, sizeWithout: () => 7 }
    assert.deepEqual(await replies(new Store(options()), short, to('alice@example.org')), [
      '451 4.3.0 Could not be written',
    ])
    assert.deepEqual(readdirSync(join(folder, 'example.org/alice/new')), [])
  })

  it('keeps a message for each recipient, repeats included, and answers in order', async () => {
    const alice = to('Alice+Junk@example.org')
    const said = await replies(new Store(options()), message, alice, to('bob@example.org'), alice)
    assert.deepEqual(said, [
      '250 2.0.0 <Alice+Junk@example.org> Saved',
      '250 2.0.0 <bob@example.org> Saved',
      '250 2.0.0 <Alice+Junk@example.org> Saved',
    ])
    const junk = join(folder, 'example.org/alice/.Junk/new')
    assert.equal(readdirSync(junk).length, 2)
    assert.equal(
      readFileSync(join(junk, readdirSync(junk)[0]!), 'latin1'),
      'Return-Path: <ann@x.example>\r\nDelivered-To: Alice+Junk@example.org\r\n\r\nhi\r\n',
    )
    assert.equal(discarded, 1)
  })

  it('refuses at RCPT whom it does not know', () => {
    const visit = new Store({ ...options(), knows: ({ local }) => local === 'alice' }).begin(sender)
    const told: unknown[] = []
    for (const path of ['alice+x@example.org', 'bob@example.org'])
      visit.rcpt(to(path), ({ code, enhanced }) => told.push([code, enhanced]))
    assert.deepEqual(told, [
      [250, '2.1.5'],
      [550, '5.1.1'],
    ])
    visit.abandon()
  })

  it('answers each for himself when one mailbox cannot be written', async () => {
    writeFileSync(join(folder, 'broken.example'), '')
    const said = await replies(new Store(options()), message, to('a@broken.example'), to('b@example.org'))
    assert.match(said[0]!, /^451 4\.3\.0 /)
    assert.match(said[1]!, /^250 2\.0\.0 /)
    assert.equal(discarded, 1)
  })

  it('answers all when there is no message', async () => {
    const said = await replies(new Store(options()), 'too big', to('a@x'), to('b@x'))
    assert.deepEqual(said, ['552 5.3.4 Message too big', '552 5.3.4 Message too big'])
  })
})
