/**
 * Every fault of the next hop at every place of the packets in which delivery groups open their transactions, DATA last (RFC 2920 §3.1): what the
 * matrix asserts, and that nothing of a message is sent for nobody (WIRE 19, 35, 36, 39, 44, 45).
 */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { cleanUp } from '../support/cleanup.ts'
import { kindly, type Stage } from '../support/model-hop.ts'
import { check } from './earned.ts'
import { faults, senseless } from './faults.ts'
import { deliver, startSession, type FaultySession } from './faulty-session.ts'

afterEach(cleanUp)

/** Folders do not exist, so their owners get it under the plain address; one of them is a group of his own, with whom nobody is accepted at first. */
const rules = `
rules:
  - { when: { recipient: "mark*@*" }, headers: { X-Mark: "yes" } }
  - { when: { recipient: "news*@*" }, folder: News }
  - { when: { recipient: "lone*@*" }, folder: News, headers: { X-Lone: "yes" } }
  - { when: { recipient: "solo*@*" }, headers: { X-Solo: "yes" } }
  - { when: { recipient: "last*@*" }, headers: { X-Last: "yes" } }
`
const names = ['u1', 'mark1', 'nobody', 'news', 'lone', 'full', 'markfull', 'u1', 'solo', 'last']
const paths = names.map(name => `${name}@example.org`)
const fates = {
  ...kindly,
  rcpt: (path: string) => (/^nobody|\+News/.test(path) ? '550 5.1.1 unknown #' : '250 2.1.5 ok #'),
  final: (path: string) => (/full@/.test(path) ? '452 4.2.2 full #' : '250 2.0.0 saved #'),
}
const right = {
  rcpts: names.map(name => (name === 'nobody' ? 550 : 250)),
  finals: [250, 250, 250, 250, 452, 452, 250, 250, 250],
}
const offers = ['PIPELINING', '8BITMIME', 'ENHANCEDSTATUSCODES']

/**
 * Transactions that the next hop sees if nothing goes wrong: the offers; u1, news, full, u1; news alone; both marks; lone; lone again; solo; last. The commands
 * for the marks come along with the message to news, those for solo with that to lone, those for last with that to solo.
 */
type Site = { readonly transaction: number; readonly stage: Stage; readonly index: number }

const sites: readonly Site[] = [
  { transaction: 1, stage: 'RSET', index: 0 },
  { transaction: 2, stage: 'MAIL', index: 0 },
  { transaction: 2, stage: 'RCPT', index: 0 },
  { transaction: 2, stage: 'RCPT', index: 1 },
  { transaction: 2, stage: 'RCPT', index: 3 },
  { transaction: 2, stage: 'DATA', index: 0 },
  { transaction: 2, stage: 'final', index: 1 },
  { transaction: 3, stage: 'RCPT', index: 0 },
  { transaction: 3, stage: 'mid-message', index: 0 },
  { transaction: 3, stage: 'final', index: 0 },
  { transaction: 4, stage: 'MAIL', index: 0 },
  { transaction: 4, stage: 'RCPT', index: 1 },
  { transaction: 4, stage: 'DATA', index: 0 },
  { transaction: 4, stage: 'mid-message', index: 0 },
  { transaction: 4, stage: 'final', index: 0 },
  { transaction: 4, stage: 'final', index: 1 },
  { transaction: 5, stage: 'MAIL', index: 0 },
  { transaction: 5, stage: 'RCPT', index: 0 },
  { transaction: 5, stage: 'DATA', index: 0 },
  { transaction: 6, stage: 'DATA', index: 0 },
  { transaction: 7, stage: 'MAIL', index: 0 },
  { transaction: 7, stage: 'RCPT', index: 0 },
  { transaction: 7, stage: 'DATA', index: 0 },
  { transaction: 7, stage: 'mid-message', index: 0 },
  { transaction: 7, stage: 'final', index: 0 },
  { transaction: 8, stage: 'RCPT', index: 0 },
  { transaction: 8, stage: 'DATA', index: 0 },
  { transaction: 8, stage: 'final', index: 0 },
]

describe('a next hop of several groups that', () => {
  for (const fault of Object.keys(faults))
    describe(fault, () => {
      for (const site of sites)
        for (const times of ['once', 'always'] as const) {
          if (senseless(fault, site.stage, offers) !== undefined) continue
          it(`at ${site.stage} ${site.index} of transaction ${site.transaction}, ${times}`, async () => {
            await tryOut(fault, site, times)
          })
        }
    })

  it('does nothing wrong, gets DATA in each packet, and is right', async () => {
    const session = await startSession({ offers, fates, kind: 'unix', rules })
    await isRight(session)
    assert.deepEqual(
      session.hop.said.filter(({ place }) => place.stage === 'DATA').map(({ line }) => line.slice(0, 3)),
      ['354', '354', '354', '503', '354', '354', '354'],
    )
  })
})

async function tryOut(name: string, site: Site, times: 'once' | 'always'): Promise<void> {
  const fault = faults[name]
  assert.ok(fault)
  const isLarge = site.stage === 'mid-message'
  const session = await startSession({ offers, fates, kind: name === 'resets' && !isLarge ? 'inet' : 'unix', rules })
  const { hop } = session
  let transaction = 0
  let left = times === 'once' ? 1 : Infinity
  hop.fault = ({ stage, index }) => {
    if (stage === 'MAIL') transaction += 1
    if (transaction < site.transaction || stage !== site.stage || index !== site.index || left === 0) return undefined
    left -= 1
    return fault
  }
  const replies = await deliver(session, paths, isLarge)
  assert.ok(left === Infinity || left === 0, 'the fault happened')
  check(replies, paths, hop, /too (?:few|many)|next reply already/.test(name), isBehind(site) ? 1 : 0)
  assert.ok(hop.peers.length <= 2 * names.length, `${hop.peers.length} connections`)
  hop.fault = () => undefined
  await isRight(session)
}

/** Before DATA is answered behind a message, whatever is wrong leaves that message in doubt. */
function isBehind({ transaction, stage }: Site): boolean {
  return [4, 7, 8].includes(transaction) && (stage === 'MAIL' || stage === 'RCPT' || stage === 'DATA')
}

async function isRight(session: FaultySession): Promise<void> {
  const { hop } = session
  const [said, taken] = [hop.said.length, hop.taken.length]
  const replies = await deliver(session, paths, false)
  check(replies, paths, { said: hop.said.slice(said), taken: hop.taken.slice(taken) }, false)
  const codes = { rcpts: replies.rcpts.map(({ code }) => code), finals: replies.finals.map(({ code }) => code) }
  assert.deepEqual(codes, right)
  assert.deepEqual(hop.amiss, [])
}
