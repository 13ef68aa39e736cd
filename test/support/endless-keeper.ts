/** A process that keeps messages in a quarantine until it is killed, and says each id as soon as it is kept. */
import { writeSync } from 'node:fs'
import { systemClock } from '../../src/clock.ts'
import { Quarantine } from '../../src/deliver/quarantine.ts'
import { messageOf, recipientOf, senderOf } from './scripted-server.ts'

const [, , folder = '', size = '0'] = process.argv
const quarantine = new Quarantine(folder, systemClock)
const text = Buffer.alloc(Number(size), 'x\n').toString('latin1')
// In many pieces, so that there are many moments in which to be killed.
const pieces = text.match(/[^]{1,20000}/g) ?? []

async function keepOn(): Promise<never> {
  for (;;) {
    const message = messageOf(pieces)
    for (const path of ['a@x.example', 'b@x.example']) {
      const kept = await quarantine.keep({
        message,
        sender: senderOf('s@x.example'),
        recipient: recipientOf(path),
        client: undefined,
        reason: { step: 'rules', words: 'rule 1' },
        place: 'built in',
        transaction: 't',
      })
      if (kept.kind === 'kept') writeSync(1, `${kept.id}\n`)
    }
  }
}

await keepOn()
