/** From verdicts to deliveries, and from outcomes to replies: nobody's outcome gets into another's slot. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { noEdits } from '../../src/decide/verdict.ts'
import type { Verdict } from '../../src/decide/verdict.ts'
import type { Endpoint } from '../../src/deliver/endpoint.ts'
import type { Outcome } from '../../src/deliver/outcome.ts'
import type { DeliveryGroup } from '../../src/deliver/downstream.ts'
import { reply } from '../../src/reply.ts'
import { handOn } from '../../src/survivors.ts'
import { fateText, judged, transaction } from '../support/judged.ts'
import { messageOf } from '../support/scripted-server.ts'

const marked: Partial<Verdict> = { action: 'junk', edits: { ...noEdits, headers: [{ name: 'X-Spam', text: 'yes' }] } }
const kept: Partial<Verdict> = { action: 'quarantine', keeping: { keep: 1, mailbox: 'q+{local}@x', notice: false } }

/** What happens in turn, at next hops that answer whom they get from the last to the first. */
async function told(
  survivors: Parameters<typeof handOn>[0],
  answer: (path: string) => Outcome = path => ({
    kind: 'answered',
    at: 'end of data',
    reply: reply(250, '2.0.0', path),
  }),
): Promise<readonly string[]> {
  const events: string[] = []
  const ways = new Map<string, ReturnType<typeof wayTo>>()
  const wayTo = (name: string) => ({
    relay: name,
    async deliver(
      groups: readonly DeliveryGroup[],
      _: unknown,
      tell: (index: number, outcome: Outcome, group: number) => void,
    ) {
      for (const [number, group] of groups.entries()) {
        const received = Buffer.from(group.prefix)
          .toString('latin1')
          .replaceAll('\r\n\t', ' ')
          .split('\r\n')
          .slice(0, -1)
        events.push(
          `${name} gets ${received.map(line => line.replace(/^Received: .* id a\.1(.*);.*/, 'trace$1')).join(', ')}`,
        )
        await Promise.resolve()
        for (const [index, { path }] of [...group.recipients.entries()].reverse()) tell(index, answer(path), number)
      }
    },
    rest: () => events.push(`${name} rests`),
  })
  await handOn(survivors, {
    parts: { name: 'gate.example', recipientDelimiter: '+', ownFields: [] },
    transaction,
    message: messageOf(['x: y\r\n\r\nbody\r\n']),
    downstreams: {
      to(endpoints: readonly Endpoint[] | undefined) {
        const [endpoint] = endpoints ?? []
        const name = endpoint?.kind === 'unix' ? endpoint.path : 'usual'
        const way = ways.get(name) ?? wayTo(name)
        ways.set(name, way)
        return way
      },
    },
    until: { start: Infinity, end: Infinity },
    report: { turn: () => events.push('turn') },
    settle: (slot, fate) => events.push(`${fateText(slot, fate)} by ${fate.relay ?? ''}`),
  })
  return events
}

describe('survivors', () => {
  it('who get the same bytes go together, and each outcome comes to the slot it is for', async () => {
    assert.deepEqual(await told([judged(1, 'a@x'), judged(3, 'b@x', marked), judged(4, 'a@x')]), [
      'turn',
      'usual gets trace',
      '4 a@x end of data 250 2.0.0 a@x by usual',
      '1 a@x end of data 250 2.0.0 a@x by usual',
      'turn',
      'usual gets trace for <b@x>, X-Spam: yes',
      '3 b@x end of data 250 2.0.0 b@x by usual',
      'turn',
      'usual rests',
    ])
  })

  it('go to one next hop after the other, and each gets its connection back before the next', async () => {
    assert.deepEqual(await told([judged(0, 'a@x', {}, '/two'), judged(1, 'b@x'), judged(2, 'c@x', {}, '/two')]), [
      'turn',
      '/two gets trace',
      '2 c@x end of data 250 2.0.0 c@x by /two',
      '0 a@x end of data 250 2.0.0 a@x by /two',
      'turn',
      '/two rests',
      'turn',
      'usual gets trace for <b@x>',
      '1 b@x end of data 250 2.0.0 b@x by usual',
      'turn',
      'usual rests',
    ])
  })

  it('of whom the next hop says nothing stand where it was lost', async () => {
    const lost = (): Outcome => ({ kind: 'unanswered', at: 'MAIL', cause: 'gone' })
    const [, , fate] = await told([judged(0, 'a@x')], lost)
    assert.equal(fate, '0 a@x MAIL 451 4.4.2 Lost the next hop, try again later (gone) by usual')
  })

  it('in the mailbox of the quarantine get our words, whatever the next hop said of it', async () => {
    const full = (path: string): Outcome => ({
      kind: 'answered',
      at: 'RCPT',
      reply: path === 'q+b@x' ? reply(552, '5.2.2', 'full') : reply(250, '2.1.5', path),
    })
    assert.deepEqual(
      (await told([judged(0, 'a@x', kept), judged(1, 'b@x', kept)], full)).filter(line => line.includes('RCPT')),
      [
        '1 b@x RCPT 451 4.2.0 The quarantine mailbox cannot be used, try again later (552 5.2.2 full) by usual',
        '0 a@x RCPT 250 2.7.0 Kept in quarantine (250 2.1.5 q+a@x) by usual',
      ],
    )
  })

  it('are handed on to nobody if there are none', async () => {
    assert.deepEqual(await told([]), [])
  })
})
