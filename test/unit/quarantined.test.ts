/** Who is kept back hears it when his copy is safe, and gets a notice only of what is kept. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Verdict } from '../../src/decide/verdict.ts'
import type { Kept } from '../../src/deliver/quarantine.ts'
import { keepBack } from '../../src/quarantined.ts'
import { fateText, judged, transaction } from '../support/judged.ts'
import { messageOf, withServer } from '../support/scripted-server.ts'

const hour = 3_600_000

function quarantined(notice: boolean): Partial<Verdict> {
  return { action: 'quarantine', keeping: { keep: hour, mailbox: undefined, notice } }
}

it('is done one after the other: the copy, the reply, the notice if he wants one and if there is a copy', async () => {
  await withServer(async ({ hop }) => {
    const events: string[] = []
    const fates: Readonly<Record<string, Kept>> = {
      'a@x': { kind: 'kept', id: 'one' },
      'b@x': { kind: 'full', cause: 'ENOSPC' },
      'c@x': { kind: 'failed', cause: 'EIO' },
      'd@x': { kind: 'kept', id: 'two' },
    }
    const all = [
      judged(1, 'a@x', quarantined(true)),
      judged(2, 'b@x', quarantined(true)),
      judged(5, 'c@x', quarantined(true)),
      judged(6, 'd@x', quarantined(false)),
    ]
    await keepBack(all, {
      parts: {
        name: 'gate.example',
        ownFields: ['x-own'],
        routes: { to: () => hop },
        quarantine: {
          keep({ recipient, keep, omit, transaction: id }) {
            events.push(`${recipient.path} of ${id} for ${keep ?? 0} ms without ${[...(omit ?? [])].join()}`)
            return Promise.resolve(fates[recipient.path]!)
          },
        },
      },
      transaction,
      message: messageOf(['x: y\r\n\r\n']),
      notices: {
        write({ recipient, id, keep, name }) {
          events.push(`notice to ${recipient.path} of ${id} for ${keep} ms by ${name}`)
          return Promise.resolve()
        },
      },
      settle: (slot, fate) => events.push(fateText(slot, fate)),
    })
    assert.deepEqual(events, [
      'a@x of a.1 for 3600000 ms without x-own',
      '1 a@x end of data 250 2.7.0 Kept in quarantine (kept as one)',
      'notice to a@x of one for 3600000 ms by gate.example',
      'b@x of a.1 for 3600000 ms without x-own',
      '2 b@x end of data 452 4.3.1 No space to keep the message, try again later (ENOSPC)',
      'c@x of a.1 for 3600000 ms without x-own',
      '5 c@x end of data 451 4.3.0 The message could not be put in quarantine, try again later (EIO)',
      'd@x of a.1 for 3600000 ms without x-own',
      '6 d@x end of data 250 2.7.0 Kept in quarantine (kept as two)',
    ])
  })
})
