/** Several delivery groups on to a real Dovecot by DATA: each asks for all in one packet, behind the message before if that is for one. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Dovecot } from './support/dovecot.ts'
import { Gate } from './support/gate.ts'
import { mailbox } from './support/imap.ts'
import { MailClient } from './support/mail-client.ts'
import { message } from './support/messages.ts'
import { skipWithout } from './support/needs.ts'
import { Site } from './support/site.ts'
import { withoutChunking } from './support/without-chunking.ts'

const team = (name: string): string => `rules:\n  - { headers: { X-Team: ${name} } }\n`
const keptBy = (name: string): string =>
  `senders: { block: [spam.test], action: quarantine }\nquarantine: { mailbox: "${name}@example.test" }\n`

/** Dovecot knows no mailbox `nobody`, and so refuses these recipients only when their group is sent. */
const policies = {
  'example.test/bob': team('sales'),
  'example.test/eva': team('sales'),
  'example.test/lost': keptBy('nobody'),
  'example.test/gone': keptBy('nobody'),
  'example.test/kept': keptBy('store'),
  'example.test/cid': team('support'),
  'example.test/full': team('storage'),
}

/** Each with what he is told. */
const fates = {
  ann: '250 ann',
  lost: '451 4.2.0',
  bob: '250 bob',
  kept: '250 2.7.0',
  gone: '451 4.2.0',
  cid: '250 cid',
  full: '552 5.2.2',
  twin: '250 twin',
  eva: '250 eva',
  dan: '250 dan',
} as const
type Name = keyof typeof fates

/** Names in the order of RCPT, and the recipients of each packet. */
const transactions: readonly (readonly [readonly Name[], readonly string[]])[] = [
  [
    ['lost', 'ann', 'gone', 'bob', 'twin'],
    ['nobody nobody', 'ann twin', 'bob'],
  ],
  [
    ['ann', 'lost', 'bob', 'kept', 'gone', 'cid', 'full', 'twin', 'eva', 'dan', 'twin'],
    ['ann twin dan twin', 'nobody store nobody', 'bob eva', 'cid', '> full'],
  ],
  [
    ['full', 'lost', 'cid'],
    ['full', '> nobody', 'cid'],
  ],
]
const copies = { ann: 2, bob: 2, twin: 2, store: 1, cid: 2, eva: 1, dan: 1, full: 0, lost: 0, gone: 0, kept: 0 }

describe('delivery groups on to Dovecot by DATA', { skip: skipWithout('dovecot') }, () => {
  const site = new Site()
  const packets: string[] = []
  let dovecot: Dovecot
  let gate: Gate

  before(async () => {
    dovecot = await Dovecot.start(site, { users: Object.keys(copies).filter(name => name !== 'full'), full: ['full'] })
    const nextHop = await withoutChunking(site, dovecot.lmtp, octets => packets.push(octets))
    gate = await Gate.start(site, { nextHop, policies })
  })
  after(() => site.close())

  it('open with MAIL, RCPTs and DATA in one packet, and everyone hears what Dovecot said of him', async () => {
    const client = await MailClient.open(gate.lmtp, 'LHLO')
    const sent = message('groups', '.dot\r\n..\r\n', 'x@spam.test')
    for (const [names, opened] of transactions) {
      packets.length = 0
      for (const { code } of await client.envelope(
        'x@spam.test',
        names.map(name => `${name}@example.test`),
      ))
        assert.equal(code, 250)
      const finals = await client.data(sent, names.length)
      assert.deepEqual(
        finals.map(inShort),
        names.map(name => fates[name]),
      )
      assert.deepEqual(packets.flatMap(recipientsOf), opened)
    }
    await client.quit()
    for (const [name, count] of Object.entries(copies)) {
      const stored = await mailbox(dovecot.imap, name)
      assert.equal(stored.length, count, name)
      for (const each of stored) assert.ok(each.toString('latin1').endsWith(`\r\n${sent.toString('latin1')}`), name)
    }
    assert.doesNotMatch(gate.log(), /out of step/)
  })
})

function inShort({ code, text }: { readonly code: number; readonly text: string }): string {
  return `${code} ${/<(\w+)@.*Saved/.exec(text)?.[1] ?? text.split(' ', 1).join('')}`
}

/** Of a packet that opens a transaction and asks for the go-ahead; `> ` if it ends the message before. */
function recipientsOf(packet: string): string[] {
  const opening = /(^(?:RSET\r\n)?|\r\n\.\r\n)MAIL .*\r\n((?:RCPT .*\r\n)+)DATA\r\n$/.exec(packet)
  if (opening === null) return []
  const [, before = '', rcpts = ''] = opening
  const names = [...rcpts.matchAll(/RCPT TO:<(\w+)@/g)].map(([, name]) => name).join(' ')
  return [before.startsWith('\r\n') ? `> ${names}` : names]
}
